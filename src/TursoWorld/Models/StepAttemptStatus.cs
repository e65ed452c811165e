namespace TursoWorld;

/// <summary>Where an attempt of a step stands.</summary>
public enum StepAttemptStatus
{
    /// <summary>It has been recorded and has no recorded end.</summary>
    Running,

    /// <summary>It ended with the result of the step.</summary>
    Completed,

    /// <summary>It ended with an error.</summary>
    Failed,

    /// <summary>Whoever executed it went away before its end was recorded. It may have had its effects.</summary>
    Interrupted,

    /// <summary>The code of the workflow cancelled the step, or the run ended first.</summary>
    Cancelled,
}
