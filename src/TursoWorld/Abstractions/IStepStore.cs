namespace TursoWorld;

/// <summary>Reads steps.</summary>
public interface IStepStore
{
    /// <summary>Lists the steps of a run in the order in which the workflow asked for them. A run that does not exist has none.</summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<WorkflowStep>> ListAsync(
        string runId, PageRequest? page = null, CancellationToken cancellationToken = default);
}
