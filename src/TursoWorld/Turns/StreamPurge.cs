using TursoWorld.Abstractions;
using TursoWorld.Sql;
using TursoWorld.Streaming;

namespace TursoWorld.Turns;

/// <summary>
/// Deletes streams whose run is not stored and that nobody writes to any more. A stream with a run goes with it, so it is
/// looked at once only.
/// </summary>
internal sealed class StreamPurge(ISqlDatabase database, DeletionSweep sweep, WakeHub hub)
{
    private const int MostStreams = 100;

    /// <summary>
    /// Looks at streams that have not been looked at since an instant. Those without a run go if they were closed before it, or
    /// have got no chunk since the look before.
    /// </summary>
    /// <returns>How many this call deleted.</returns>
    public async Task<int> PurgeAsync(DateTimeOffset before, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var purged = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var arguments = new { checked_before = SqlTime.ToColumn(before), limit = MostStreams };
            var streamKeys = await database.ReadAsync(
                reader => reader.QueryAsync<long>(StreamSql.ListUnchecked, arguments),
                cancellationToken).ConfigureAwait(false);
            if (streamKeys.Count == 0)
            {
                return purged;
            }

            var keys = $"[{string.Join(',', streamKeys)}]";
            var unit = new Unit(
                new SqlStatement(DeletionSql.AddStaleStreams, ("stream_keys", keys), ("checked_before", before)),
                new SqlStatement(StreamSql.DeleteStale, ("stream_keys", keys)),
                new SqlStatement(StreamSql.MarkChecked, ("stream_keys", keys), ("checked_before", before), ("now", now)));
            var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
            var deletions = result.ThrowUnlessCommitted().Rows[0];
            hub.SignalRunsDeleted(); // who reads such a stream has to learn that it is gone
            await sweep.SweepAsync(deletions.Select(row => row.Integer(0)), cancellationToken).ConfigureAwait(false);
            purged += deletions.Count;
        }
    }
}
