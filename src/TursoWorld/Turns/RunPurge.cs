using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Deletes runs that have been over for longer than they are to be kept, and keys that are held no longer.</summary>
internal sealed class RunPurge(ISqlDatabase database, RunDeletion deletion, RunKeys keys, WorldDiagnostics diagnostics)
{
    // What one unit deletes at most, so that other writers wait for some milliseconds only.
    private const int MostRuns = 100;

    /// <summary>Deletes runs that ended before an instant, and those whose own retention is over.</summary>
    /// <param name="endedBefore">For runs without a retention of their own; null keeps them.</param>
    /// <param name="now">For the others.</param>
    /// <param name="cancellationToken">Stops in between.</param>
    /// <returns>How many this call deleted.</returns>
    public async Task<int> PurgeAsync(DateTimeOffset? endedBefore, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var own = await PurgeAsync(
            RunSql.ListOwnExpired, new { now = SqlTime.ToColumn(now), limit = MostRuns }, cancellationToken).ConfigureAwait(false);
        var others = endedBefore is not { } before ? 0 : await PurgeAsync(
            RunSql.ListExpired, new { ended_before = SqlTime.ToColumn(before), limit = MostRuns }, cancellationToken)
            .ConfigureAwait(false);
        await keys.PurgeAsync(now, cancellationToken).ConfigureAwait(false);
        return own + others;
    }

    private async Task<int> PurgeAsync(string list, object arguments, CancellationToken cancellationToken)
    {
        var purged = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var expired = await database.ReadAsync(
                reader => reader.QueryAsync<long>(list, arguments), cancellationToken).ConfigureAwait(false);
            if (expired.Count == 0)
            {
                return purged;
            }

            var count = await deletion.PurgeAsync(expired, cancellationToken).ConfigureAwait(false);
            purged += count;
            diagnostics.RunsPurged(database.Name, count);
        }
    }
}
