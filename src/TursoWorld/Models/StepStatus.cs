namespace TursoWorld;

/// <summary>Where a step stands.</summary>
public enum StepStatus
{
    /// <summary>
    /// Waits for its first attempt: for a free slot (<see cref="WorldOptions.Concurrency"/>), or, when it is queued, for a process that takes it
    /// up; or for the next attempt after one that failed or was interrupted.
    /// </summary>
    Pending,

    /// <summary>An attempt has been recorded and has no recorded end.</summary>
    Running,

    /// <summary>Ended with a result; it never runs again.</summary>
    Completed,

    /// <summary>Ended with an error; it never runs again.</summary>
    Failed,

    /// <summary>Given up, by the code of its workflow or because its run ended first.</summary>
    Cancelled,
}
