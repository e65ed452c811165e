namespace TursoWorld;

/// <summary>Reads the logs of runs, and writes those of runs that a foreign runtime drives.</summary>
public interface IEventStore
{
    /// <summary>
    /// Records an event of a run together with everything that it changes: one commit, safe under any concurrency. This is how
    /// a foreign runtime drives its runs, beside those of this library in one database. Runs of this library take
    /// <see cref="WorkflowEventData.RunCancelled"/>, <see cref="WorkflowEventData.RunPaused"/>,
    /// <see cref="WorkflowEventData.RunResumed"/>, <see cref="WorkflowEventData.AttributesSet"/> and
    /// <see cref="WorkflowEventData.HookReceived"/> only.
    /// </summary>
    /// <param name="runId">
    /// The run: <c>wrun_</c> and a ULID; null for a new run that is to get an id. The time in an id that comes with
    /// <see cref="WorkflowEventData.RunCreated"/> or <see cref="WorkflowEventData.RunStarted.Created"/> is at most 24 hours old
    /// and at most 5 minutes ahead.
    /// </param>
    /// <param name="data">What to record.</param>
    /// <param name="options">What comes back with it.</param>
    /// <param name="cancellationToken">Gives up; an event that was being recorded by then is recorded.</param>
    /// <exception cref="InvalidEventException">Ids, names, attributes or sizes cannot be recorded. Nothing was.</exception>
    /// <exception cref="InvalidCursorException"><see cref="CreateEventOptions.SinceCursor"/> is none of a log.</exception>
    /// <exception cref="NotFoundException">There is no such run, step, wait or hook.</exception>
    /// <exception cref="ConflictException">Somebody else was first, or the run or step is over.</exception>
    /// <exception cref="RunExpiredException">
    /// A run that is over was to be started, or a step of it was to be started, retried, or ended without running.
    /// </exception>
    /// <exception cref="TooEarlyException">The next attempt of the step is not due.</exception>
    /// <exception cref="PreconditionFailedException">
    /// The run has received something since <see cref="CreateEventOptions.StateUpdatedAt"/>.
    /// </exception>
    /// <exception cref="RunNotSupportedException">The run speaks a version of the contract that does not allow the event.</exception>
    /// <exception cref="PayloadCodecException">
    /// Thrown while the payload is encoded: nothing is recorded. Thrown while what comes back is decoded, whatever its code:
    /// the event is recorded, if there was anything to record. <see cref="ResolveData.None"/> asks for no payloads.
    /// </exception>
    /// <exception cref="StorageException">The database refused.</exception>
    Task<EventResult> CreateAsync(
        string? runId,
        WorkflowEventData data,
        CreateEventOptions? options = null,
        CancellationToken cancellationToken = default);

    /// <summary>Reads one event.</summary>
    /// <exception cref="InvalidEventException">That is no id of an event.</exception>
    /// <exception cref="NotFoundException">There is no such event.</exception>
    Task<WorkflowEvent> GetAsync(
        string runId, string eventId, ResolveData data = ResolveData.All, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the log of a run in order, or backwards. A reader that follows the cursor never misses an event and never sees one
    /// twice. A run that does not exist has no events.
    /// </summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<WorkflowEvent>> ListAsync(
        string runId, PageRequest? page = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists what was recorded about one step, wait, hook, child, change of attributes or key of the state, in the order in
    /// which it was. Ids of at most 20 characters, such as those that this library's runtime gives, occur in many runs and are
    /// searched for in all logs. A reader that follows the cursor never misses an event.
    /// </summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<CorrelatedEvent>> ListByCorrelationIdAsync(
        string correlationId, PageRequest? page = null, CancellationToken cancellationToken = default);
}
