using TursoWorld.Abstractions;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Keeps what executing steps report in the rows of the steps: it is no part of the log, only the latest counts.</summary>
internal sealed class StepProgress(ISqlDatabase database, PayloadCodecs codecs, TimeProvider timeProvider) : IStepProgress
{
    public async Task<TurnOutcome> WriteAsync(ClaimedMessage message, StepReport report, CancellationToken cancellationToken)
    {
        var statement = new SqlStatement(
            StepSql.Report,
            ("run_key", message.RunKey),
            ("step_id", report.StepId),
            ("attempt", report.Attempt),
            ("progress", codecs.Encode(report.Progress)),
            ("now", timeProvider.GetUtcNow()));
        var unit = new Unit([statement]) { Guard = TurnWriter.GuardOf(message) };
        var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        return TurnWriter.Refusal(result)?.Outcome ?? TurnOutcome.Written;
    }

    public async Task<ReadOnlyMemory<byte>?> FindAsync(long runKey, string stepId, CancellationToken cancellationToken) =>
        codecs.Decode(await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<byte[]?>(
                StepSql.FindProgress, new { run_key = runKey, step_id = stepId }),
            cancellationToken).ConfigureAwait(false));
}
