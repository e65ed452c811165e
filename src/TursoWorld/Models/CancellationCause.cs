namespace TursoWorld;

/// <summary>Why the token of a step fired.</summary>
public enum CancellationCause
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The run is over: somebody cancelled it, or it ended without waiting for the step.</summary>
    RunEnded,

    /// <summary>The attempt took longer than it may. It has failed, and counts.</summary>
    Timeout,

    /// <summary>The attempt was silent for longer than it may. It has failed, and counts.</summary>
    HeartbeatTimeout,

    /// <summary>This process has lost the run, to another one as a rule, which executes the step again.</summary>
    LeaseLost,

    /// <summary>This world stops. The attempt does not count, and is made again elsewhere.</summary>
    Shutdown,

    /// <summary>The code of the workflow has cancelled the step. It is over, and nothing that it still does is recorded.</summary>
    StepCancelled,
}
