namespace TursoWorld;

/// <summary>Where a run stands.</summary>
public enum RunStatus
{
    /// <summary>Stored, and no turn of it has been taken yet.</summary>
    Pending,

    /// <summary>At least one turn has been taken; the run executes, sleeps or waits for a hook.</summary>
    Running,

    /// <summary>Held: no new step and no turn starts until it is resumed.</summary>
    Paused,

    /// <summary>Ended with a result.</summary>
    Completed,

    /// <summary>Ended with an error.</summary>
    Failed,

    /// <summary>Ended on request.</summary>
    Cancelled,
}
