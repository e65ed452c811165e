namespace TursoWorld;

/// <summary>Who executes a step.</summary>
public enum StepMode
{
    /// <summary>The process that has the run, right after its turn is recorded.</summary>
    Inline,

    /// <summary>Any process that has registered the step: the step is a message that one of them takes up.</summary>
    Queued,
}
