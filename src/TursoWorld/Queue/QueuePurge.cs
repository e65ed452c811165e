using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>Deletes what the queues keep and nobody needs any more, in small units. Any number of processes may do so at once.</summary>
internal sealed class QueuePurge(ISqlDatabase database, WorldDiagnostics diagnostics)
{
    // What one unit deletes at most, so that other writers wait for some milliseconds only.
    private const int MostRows = 1_000;
    private const long MostBytes = 4 * 1024 * 1024;

    /// <summary>Deletes messages that died before an instant.</summary>
    /// <returns>How many this call deleted.</returns>
    public async Task<int> PurgeDeadAsync(DateTimeOffset deadBefore, CancellationToken cancellationToken)
    {
        var purged = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var arguments = new { dead_before = SqlTime.ToColumn(deadBefore), limit = MostRows };
            var expired = await database.ReadAsync(
                reader => reader.QueryAsync<ExpiredRow>(DeadMessageSql.ListExpired, arguments),
                cancellationToken).ConfigureAwait(false);
            if (expired.Count == 0)
            {
                return purged;
            }

            var purge = new SqlStatement(
                DeadMessageSql.Purge, ("message_keys", FirstOf(expired)), ("dead_before", deadBefore));
            var count = await WriteAsync([purge], cancellationToken).ConfigureAwait(false);
            purged += count;
            diagnostics.DeadMessagesPurged(database.Name, count);
        }
    }

    /// <summary>Deletes idempotency keys that hold no longer.</summary>
    /// <returns>How many this call deleted.</returns>
    public async Task<int> PurgeKeysAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var purged = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isDue = await database.ReadAsync(
                reader => reader.ScalarAsync<bool>(IdempotencySql.IsDue, new { now = SqlTime.ToColumn(now) }),
                cancellationToken).ConfigureAwait(false);
            if (!isDue)
            {
                return purged;
            }

            purged += await WriteAsync(Sweep(now, MostRows), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes keys that hold no longer, and puts those that still hold off. The first statement returns a row for each that goes.</summary>
    public static SqlStatement[] Sweep(DateTimeOffset now, int limit) =>
    [
        new(IdempotencySql.Sweep, ("now", now), ("limit", limit)),
        new(IdempotencySql.Postpone, ("now", now), ("limit", limit)),
    ];

    private async Task<int> WriteAsync(SqlStatement[] statements, CancellationToken cancellationToken)
    {
        var result = await database.WriteAsync(new Unit(statements), cancellationToken).ConfigureAwait(false);
        return result.ThrowUnlessCommitted().Rows[0].Count;
    }

    private static string FirstOf(List<ExpiredRow> expired)
    {
        var bytes = 0L;
        var first = expired.TakeWhile((row, i) => (bytes += row.bytes) <= MostBytes || i == 0).Select(row => row.message_key);
        return $"[{string.Join(',', first)}]";
    }

    private sealed class ExpiredRow
    {
        public long message_key { get; init; }
        public long bytes { get; init; }
    }
}
