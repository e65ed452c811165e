using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>The runs as users see them: reading is a matter of one table and of what waits, deleting of all.</summary>
internal sealed class DeletingRunStore(RunStore runs, OverdueWork overdue, RunDeletion deletion) : IRunStore
{
    public Task<WorkflowRun> GetAsync(string runId, CancellationToken cancellationToken) =>
        GetAsync(runId, ResolveData.All, cancellationToken);

    public async Task<WorkflowRun> GetAsync(string runId, ResolveData data, CancellationToken cancellationToken)
    {
        var run = await runs.GetAsync(runId, data, cancellationToken).ConfigureAwait(false);
        return (await overdue.ExplainAsync([run], cancellationToken).ConfigureAwait(false))[0];
    }

    public async Task<WorkflowRun?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        var run = await runs.FindAsync(runId, cancellationToken).ConfigureAwait(false);
        return run is null ? null : (await overdue.ExplainAsync([run], cancellationToken).ConfigureAwait(false))[0];
    }

    public async Task<Page<WorkflowRun>> ListAsync(RunQuery? query, PageRequest? page, CancellationToken cancellationToken)
    {
        var found = await runs.ListAsync(query, page, cancellationToken).ConfigureAwait(false);
        return found with { Items = await overdue.ExplainAsync(found.Items, cancellationToken).ConfigureAwait(false) };
    }

    public Task<IReadOnlyDictionary<RunStatus, long>> CountAsync(CancellationToken cancellationToken) =>
        runs.CountAsync(cancellationToken);

    public Task DeleteAsync(string runId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        return deletion.DeleteAsync(runId, cancellationToken);
    }
}
