using System.Security.Cryptography;
using TursoWorld.Abstractions;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Texts by which runs are started at most once.</summary>
internal sealed class RunKeys(ISqlDatabase database, PayloadCodecs codecs, TimeProvider timeProvider)
{
    private const int MostAtOnce = 1_000;

    /// <summary>The run that a key leads to; null when the key is free.</summary>
    /// <exception cref="ConflictException">The key was given to a run with another input.</exception>
    public async Task<string?> FindAsync(
        string workflowName, string key, ReadOnlyMemory<byte>? input, CancellationToken cancellationToken)
    {
        var arguments = new { workflow_name = workflowName, key, now = SqlTime.ToColumn(timeProvider.GetUtcNow()) };
        var held = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<HeldKey>(RunKeySql.Find, arguments), cancellationToken).ConfigureAwait(false);
        return held is null || codecs.Decode(held.input.AsMemory()).Span.SequenceEqual(HashOf(input))
            ? held?.run_id
            : throw ConflictException.RunKey(workflowName, key, held.run_id);
    }

    /// <summary>Gives a key to a run that the same unit stores; the unit is refused when the key is held.</summary>
    public IEnumerable<SqlStatement> Take(NewRun run, RunKey key, DateTimeOffset now) =>
    [
        new(RunKeySql.Release, ("workflow_name", run.Workflow.Name), ("key", key.Text), ("now", now)),
        new(
            RunKeySql.Take,
            ("workflow_name", run.Workflow.Name),
            ("key", key.Text),
            ("run_id", run.RunId),
            ("input", codecs.Encode(HashOf(run.Input).AsMemory())),
            ("kept_ms", key.Retention == Timeout.InfiniteTimeSpan ? -1 : (long)key.Retention.TotalMilliseconds)),
    ];

    /// <summary>Deletes keys that are held no longer.</summary>
    public async Task PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (true)
        {
            var expired = await database.ReadAsync(
                reader => reader.QueryAsync<long>(RunKeySql.ListExpired, new { now = SqlTime.ToColumn(now), limit = MostAtOnce }),
                cancellationToken).ConfigureAwait(false);
            if (expired.Count == 0)
            {
                return;
            }

            var unit = new Unit(new SqlStatement(
                RunKeySql.DeleteExpired, ("entry_keys", $"[{string.Join(',', expired)}]"), ("now", now)));
            (await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false)).ThrowUnlessCommitted();
        }
    }

    // A hash is enough to compare with, also when the run is gone, and goes through the codecs: it may tell a short input.
    private static byte[] HashOf(ReadOnlyMemory<byte>? input) => SHA256.HashData(input is { } bytes ? bytes.Span : default);

    private sealed class HeldKey
    {
        public required string run_id { get; init; }
        public byte[] input { get; init; } = [];
    }
}
