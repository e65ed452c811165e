using TursoWorld.Abstractions;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;
using TursoWorld.Streaming;

namespace TursoWorld.Turns;

/// <summary>Deletes runs with everything they own: one unit, so that nobody ever sees a part of a run.</summary>
internal sealed class RunDeletion(ISqlDatabase database, RunStore runs, WakeHub hub)
{
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="ConflictException">The run is not over.</exception>
    /// <exception cref="RunNotSupportedException">The run is not over, and belongs to a runtime that is too new to end it here.</exception>
    public async Task DeleteAsync(string runId, CancellationToken cancellationToken)
    {
        var runKey = await runs.FindKeyAsync(runId, cancellationToken).ConfigureAwait(false) ?? throw NotFoundException.Run(runId);

        // A key is never used twice: what the guard looks at is the run that was found, or nothing.
        var unit = new Unit(StatementsFor([runKey]))
        {
            Guard = new SqlStatement(TurnSql.DeletionGuard, ("run_key", runKey)),
        };
        var result = await WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.GuardFailed)
        {
            throw await ExplainAsync(result.Guard!, runId, cancellationToken).ConfigureAwait(false);
        }

        result.ThrowUnlessCommitted();
    }

    /// <summary>Deletes runs that are over. One that somebody else has deleted meanwhile is no mistake.</summary>
    /// <returns>How many this call deleted.</returns>
    public async Task<int> PurgeAsync(IReadOnlyList<long> runKeys, CancellationToken cancellationToken)
    {
        var result = await WriteAsync(new Unit(StatementsFor(runKeys)), cancellationToken).ConfigureAwait(false);
        return result.ThrowUnlessCommitted().Rows[^1].Count;
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

    /// <summary>Whatever a table keeps for a run goes here; the runs themselves come last.</summary>
    private static List<SqlStatement> StatementsFor(IReadOnlyList<long> runKeys)
    {
        string[] texts =
        [
            EventSql.DeleteRuns,
            StepSql.DeleteRuns,
            WaitSql.DeleteRuns,
            HookSql.DeleteRuns,
            QueueSql.DeleteRuns,
            StreamSql.DeleteChunksOfRuns,
            StreamSql.DeleteOfRuns,
            RunSql.DeleteRuns,
        ];
        var keys = $"[{string.Join(',', runKeys)}]";
        return [.. texts.Select(text => new SqlStatement(text, ("run_keys", keys)))];
    }
}
