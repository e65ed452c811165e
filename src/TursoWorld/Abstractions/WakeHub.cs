namespace TursoWorld.Abstractions;

/// <summary>
/// What one part of the process tells the others after a commit. It only makes things faster: whoever misses a signal
/// finds the same by looking into the database.
/// </summary>
internal sealed class WakeHub
{
    /// <summary>The message of a run has become due, or will be at another time than before.</summary>
    public event Action? MessagesChanged;

    /// <summary>A plain message has become due, or will be at another time than before.</summary>
    public event Action? QueueChanged;

    /// <summary>A queued step has become due, or will be at another time than before.</summary>
    public event Action? StepsChanged;

    /// <summary>The code of a run has given a step up, and the log says so.</summary>
    public event Action<long, string>? StepCancelled;

    /// <summary>Somebody outside the run appended to its log.</summary>
    public event Action<long>? RunWoken;

    /// <summary>A run is over.</summary>
    public event Action<string, RunOutcome>? RunEnded;

    /// <summary>Runs are to be cancelled because their parent is over, or has given them up.</summary>
    public event Action? CascadeBegun;

    /// <summary>Runs may have been deleted, with what they owned.</summary>
    public event Action? RunsDeleted;

    /// <summary>Another process has committed something.</summary>
    public event Action? ChangedElsewhere;

    /// <summary>The clock says something else than timers go by: who waits for an instant has to look.</summary>
    public event Action? ClockMoved;

    public void SignalMessagesChanged() => MessagesChanged?.Invoke();

    public void SignalQueueChanged() => QueueChanged?.Invoke();

    public void SignalStepsChanged() => StepsChanged?.Invoke();

    public void SignalStepCancelled(long runKey, string stepId) => StepCancelled?.Invoke(runKey, stepId);

    public void SignalRunWoken(long runKey) => RunWoken?.Invoke(runKey);

    public void SignalRunEnded(string runId, RunOutcome outcome) => RunEnded?.Invoke(runId, outcome);

    public void SignalCascadeBegun() => CascadeBegun?.Invoke();

    public void SignalRunsDeleted() => RunsDeleted?.Invoke();

    public void SignalChangedElsewhere() => ChangedElsewhere?.Invoke();

    public void SignalClockMoved() => ClockMoved?.Invoke();

    /// <summary>A unit may or may not have been written: whoever would have been told has to look.</summary>
    public void SignalOutcomeUnknown()
    {
        SignalChangedElsewhere();
        SignalMessagesChanged();
        SignalCascadeBegun();
    }
}
