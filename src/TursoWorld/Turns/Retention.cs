using Dapper;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Deletes runs that have been over for longer than they are to be kept.</summary>
/// <param name="database">The database.</param>
/// <param name="deletion">Deletes.</param>
/// <param name="sweep">Goes on with deletions that were cut short.</param>
/// <param name="retention">How long runs without a retention of their own are kept; null for ever.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="diagnostics">Hears of it.</param>
internal sealed class Retention(
    ISqlDatabase database,
    RunDeletion deletion,
    DeletionSweep sweep,
    TimeSpan? retention,
    TimeProvider timeProvider,
    WorldDiagnostics diagnostics)
{
    // What one unit deletes at most, so that other writers wait for some milliseconds only.
    private const int MostRuns = 100;

    /// <summary>Finishes what was cut short by the end of a process.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => sweep.SweepAllAsync(cancellationToken);

    /// <summary>Deletes everything that has expired, in small units. Any number of processes may do so at once.</summary>
    /// <returns>How many runs this call deleted.</returns>
    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        await ResumeAsync(cancellationToken).ConfigureAwait(false);
        var now = timeProvider.GetUtcNow();
        var arguments = new
        {
            now = SqlTime.ToColumn(now),
            ended_before = retention is { } kept && kept != Timeout.InfiniteTimeSpan ? SqlTime.ToColumn(now - kept) : 0,
            limit = MostRuns,
        };
        return await PurgeAsync(RunSql.ListOwnExpired, arguments, cancellationToken).ConfigureAwait(false)
            + await PurgeAsync(RunSql.ListExpired, arguments, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> PurgeAsync(string list, object arguments, CancellationToken cancellationToken)
    {
        var purged = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var expired = await database.ReadAsync(
                connection => connection.Query<long>(list, arguments).AsList(), cancellationToken).ConfigureAwait(false);
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
