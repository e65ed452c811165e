using TursoWorld.Abstractions;
using TursoWorld.Sql;
using TursoWorld.Storage;
using TursoWorld.Streaming;

namespace TursoWorld.Turns;

/// <summary>
/// Keeps what executing steps report: progress, of which only the latest counts, and chunks in the streams of the
/// run. It is no part of the log.
/// </summary>
internal sealed class StepProgress(ISqlDatabase database, Streams streams, PayloadCodecs codecs, TimeProvider timeProvider) : IStepProgress
{
    public async Task<TurnOutcome> WriteAsync(ClaimedMessage message, StepReport report, CancellationToken cancellationToken)
    {
        var statement = new SqlStatement(
            ProgressSql.Report,
            ("run_key", message.RunKey),
            ("step_id", report.StepId),
            ("attempt", report.Attempt),
            ("progress", codecs.Encode(report.Progress)),
            ("now", timeProvider.GetUtcNow()));
        var unit = new Unit([statement]) { Guard = TurnWriter.GuardOf(message) };
        var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        return TurnWriter.Refusal(result)?.Outcome ?? TurnOutcome.Written;
    }

    public async Task<TurnOutcome> WriteStreamAsync(
        StepWriter writer, string streamName, ReadOnlyMemory<byte>? chunk, CancellationToken cancellationToken)
    {
        var result = chunk is { } content
            ? await streams.WriteAsync(writer, streamName, content, cancellationToken).ConfigureAwait(false)
            : await streams.CloseAsync(writer, streamName, cancellationToken).ConfigureAwait(false);
        if (result.Guard != "stream_open")
        {
            return TurnWriter.Refusal(result)?.Outcome ?? TurnOutcome.Written;
        }

        return chunk is null ? TurnOutcome.Written : throw ConflictException.StreamClosed(writer.RunId, streamName);
    }

    public async Task<ReadOnlyMemory<byte>?> FindAsync(long runKey, string stepId, CancellationToken cancellationToken) =>
        codecs.Decode(await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<byte[]?>(
                ProgressSql.Find, new { run_key = runKey, step_id = stepId }),
            cancellationToken).ConfigureAwait(false));
}
