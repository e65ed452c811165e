using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>The sleeps of runs, according to their logs.</summary>
internal sealed class WaitStore(RunStore runs, RunStates states) : IWaitStore
{
    public async Task<Page<WorkflowWait>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset.Of(PagedList.Waits, page);
        var after = keyset.After; // a bad cursor before anything is read
        var waits = await runs.FindLoggedAsync(runId, cancellationToken).ConfigureAwait(false) is { } run
            ? await states.ReadAsync(run, state => state.IsOver ? [] : state.Waits.ReadPage(keyset, after), cancellationToken).ConfigureAwait(false)
            : [];
        return keyset.ToPage(waits, wait => wait.Created, wait => Describe(runId, wait));
    }

    public static WorkflowWait Describe(string runId, WaitState wait) => new()
    {
        RunId = runId,
        WaitId = wait.Id,
        Status = wait.Status,
        ResumeAt = SqlTime.FromColumn(wait.ResumeAt),
        CreatedAt = SqlTime.FromColumn(wait.CreatedAt),
        CompletedAt = SqlTime.FromColumn(wait.CompletedAt),
    };
}
