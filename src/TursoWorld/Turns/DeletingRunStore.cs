using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>The runs as users see them: reading is a matter of one table, deleting of all.</summary>
internal sealed class DeletingRunStore(RunStore runs, RunDeletion deletion) : IRunStore
{
    public Task<WorkflowRun> GetAsync(string runId, CancellationToken cancellationToken) =>
        runs.GetAsync(runId, cancellationToken);

    public Task<WorkflowRun> GetAsync(string runId, ResolveData data, CancellationToken cancellationToken) =>
        runs.GetAsync(runId, data, cancellationToken);

    public Task<WorkflowRun?> FindAsync(string runId, CancellationToken cancellationToken) =>
        runs.FindAsync(runId, cancellationToken);

    public Task<Page<WorkflowRun>> ListAsync(RunQuery? query, PageRequest? page, CancellationToken cancellationToken) =>
        runs.ListAsync(query, page, cancellationToken);

    public Task<IReadOnlyDictionary<RunStatus, long>> CountAsync(CancellationToken cancellationToken) =>
        runs.CountAsync(cancellationToken);

    public Task DeleteAsync(string runId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        return deletion.DeleteAsync(runId, cancellationToken);
    }
}
