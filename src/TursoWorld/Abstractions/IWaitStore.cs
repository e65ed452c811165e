namespace TursoWorld;

/// <summary>Reads durable sleeps.</summary>
public interface IWaitStore
{
    /// <summary>Lists the waits of a run in the order in which it began them. A run that is over has none.</summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<WorkflowWait>> ListAsync(
        string runId, PageRequest? page = null, CancellationToken cancellationToken = default);
}
