namespace TursoWorld;

/// <summary>Reads runs, and deletes those that are over.</summary>
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

    /// <summary>Counts the runs of each status; one without runs has 0. Reads every run.</summary>
    Task<IReadOnlyDictionary<RunStatus, long>> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes a run that is over with everything it owns: its log, its steps and whatever else belongs to it. Nobody ever sees
    /// a part of it: one unit takes the run away and frees its id, and small ones then clear away what it leaves. The call
    /// returns when nothing is left. What it does not come to, because it is cancelled or its process ends, is cleared away
    /// when a world is started, or by <see cref="World.MaintainAsync"/>. Children that were to end with the run, and are not cancelled
    /// yet, are cancelled first; none is deleted with it.
    /// </summary>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="ConflictException">The run is not over; nothing was deleted.</exception>
    /// <exception cref="RunNotSupportedException">
    /// The run is not over, and its runtime speaks a version of the contract that is too new for this library to end it.
    /// </exception>
    Task DeleteAsync(string runId, CancellationToken cancellationToken = default);
}
