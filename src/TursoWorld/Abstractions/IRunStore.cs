namespace TursoWorld;

/// <summary>Reads runs.</summary>
public interface IRunStore
{
    /// <summary>Reads a run.</summary>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    Task<WorkflowRun> GetAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Reads a run, with or without its input and result.</summary>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    Task<WorkflowRun> GetAsync(string runId, ResolveData data, CancellationToken cancellationToken = default);

    /// <summary>Reads a run, if there is one.</summary>
    Task<WorkflowRun?> FindAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Lists runs in the order in which they were created, or backwards.</summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<WorkflowRun>> ListAsync(
        RunQuery? query = null, PageRequest? page = null, CancellationToken cancellationToken = default);

    /// <summary>Counts the runs of each status. Statuses without runs are not listed. Reads every run.</summary>
    Task<IReadOnlyDictionary<RunStatus, long>> CountAsync(CancellationToken cancellationToken = default);
}
