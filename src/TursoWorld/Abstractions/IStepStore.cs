namespace TursoWorld;

/// <summary>Reads steps.</summary>
public interface IStepStore
{
    /// <summary>Reads a step.</summary>
    /// <exception cref="NotFoundException">There is no such step.</exception>
    Task<WorkflowStep> GetAsync(
        string runId, string stepId, ResolveData data = ResolveData.All, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the attempts of a step, oldest first, also while one is running. Derived from the log of the run. An attempt that the
    /// end of its world cut short does not count, and is not listed.
    /// </summary>
    /// <exception cref="NotFoundException">There is no such step.</exception>
    Task<IReadOnlyList<StepAttempt>> ListAttemptsAsync(
        string runId, string stepId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the steps of a run in the order in which the workflow asked for them, or backwards. A run that does not exist has
    /// none.
    /// </summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<WorkflowStep>> ListAsync(
        string runId, PageRequest? page = null, CancellationToken cancellationToken = default);
}
