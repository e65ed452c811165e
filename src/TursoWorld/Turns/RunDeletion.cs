using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;
using TursoWorld.Streaming;

namespace TursoWorld.Turns;

/// <summary>
/// Deletes runs with everything they own. One unit takes all that others find them by, so that nobody ever sees a part of a
/// run, and remembers what is left; that is cleared away afterwards, in as many units as it takes.
/// </summary>
internal sealed class RunDeletion(
    ISqlDatabase database, RunStore runs, DeletionSweep sweep, Cascade cascade, WakeHub hub, WorldDiagnostics diagnostics)
{
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="ConflictException">The run is not over.</exception>
    /// <exception cref="RunNotSupportedException">The run is not over, and belongs to a runtime that is too new to end it here.</exception>
    public async Task DeleteAsync(string runId, CancellationToken cancellationToken)
    {
        var run = await runs.FindLoggedAsync(runId, cancellationToken).ConfigureAwait(false) ?? throw NotFoundException.Run(runId);

        // A key is never used twice: what the guard looks at is the run that was found, or nothing.
        var unit = new Unit(StatementsFor([run.Key]))
        {
            Guard = new SqlStatement(TurnSql.DeletionGuard, ("run_key", run.Key)),
        };
        UnitResult result;
        do
        {
            // What is left of its children is found through it. The run may end at any moment, and leave some.
            await cascade.SweepAllAsync(cancellationToken).ConfigureAwait(false);
            result = await WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        }
        while (result.Guard == "cascaded");

        if (result.Error == SqlErrorKind.GuardFailed)
        {
            throw await ExplainAsync(result.Guard!, runId, cancellationToken).ConfigureAwait(false);
        }

        await SweepAsync(result, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes runs that are over. One that somebody else has deleted meanwhile is no mistake.</summary>
    /// <returns>How many this call deleted.</returns>
    public async Task<int> PurgeAsync(IReadOnlyList<long> runKeys, CancellationToken cancellationToken)
    {
        var result = await WriteAsync(new Unit(StatementsFor(runKeys)), cancellationToken).ConfigureAwait(false);
        await SweepAsync(result, cancellationToken).ConfigureAwait(false);
        return result.Rows[^1].Count;
    }

    private async Task<WorldException> ExplainAsync(string guard, string runId, CancellationToken cancellationToken) => guard switch
    {
        "over" => ConflictException.NotOver(runId),
        "run_too_new" => RunNotSupportedException.TooNew(
            runId, (await runs.FindAsync(runId, ResolveData.None, cancellationToken).ConfigureAwait(false))?.SpecVersion),
        _ => NotFoundException.Run(runId),
    };

    private async Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            hub.SignalRunsDeleted(); // after a failure, too: its outcome may be unknown, and a look harms nobody
        }
    }

    private Task SweepAsync(UnitResult result, CancellationToken cancellationToken)
    {
        var rows = result.ThrowUnlessCommitted().Rows;
        diagnostics.DeletionStepped(database.Name);
        return sweep.SweepAsync(rows[0].Concat(rows[1]).Select(row => row.Integer(0)), cancellationToken);
    }

    /// <summary>
    /// Whatever a run is found by goes here; the runs themselves come last. What has no bound is remembered first.
    /// </summary>
    private static List<SqlStatement> StatementsFor(IReadOnlyList<long> runKeys)
    {
        string[] texts =
        [
            DeletionSql.AddRuns,
            DeletionSql.AddStreamsOfRuns,
            HookSql.DeleteRuns,
            QueueSql.DeleteRuns,
            StreamSql.DeleteOfRuns,
            AttributeSql.DeleteRuns,
            RunKeySql.LeaveRuns,
            RunSql.DeleteRuns,
        ];
        var keys = $"[{string.Join(',', runKeys)}]";
        return [.. texts.Select(text => new SqlStatement(text, ("run_keys", keys)))];
    }
}
