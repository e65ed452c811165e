namespace TursoWorld;

/// <summary>Reads the logs of runs.</summary>
public interface IEventStore
{
    /// <summary>
    /// Lists the log of a run in order. A reader that follows the cursor never misses an event and never sees one twice.
    /// A run that does not exist has no events.
    /// </summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<WorkflowEvent>> ListAsync(
        string runId, PageRequest? page = null, CancellationToken cancellationToken = default);
}
