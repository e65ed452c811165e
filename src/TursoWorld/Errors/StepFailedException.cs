namespace TursoWorld;

/// <summary>Thrown into workflow code when a step has failed for good.</summary>
public sealed class StepFailedException : WorldException
{
    internal StepFailedException(string stepId, string stepName, StructuredError error)
        : base(ErrorCodes.StepFailed, 500, $"Step '{stepName}' failed: {error.Message}")
    {
        StepId = stepId;
        StepName = stepName;
        Error = error;
    }

    /// <summary>Identifies the step within its run.</summary>
    public string StepId { get; }

    /// <summary>The name in the log; see <see cref="StepContext.StepName"/>.</summary>
    public string StepName { get; }

    /// <summary>Error of the last attempt.</summary>
    public StructuredError Error { get; }
}
