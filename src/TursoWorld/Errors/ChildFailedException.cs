namespace TursoWorld;

/// <summary>Thrown into workflow code that waits for a child which ends without a result.</summary>
public sealed class ChildFailedException : WorldException
{
    private ChildFailedException(string code, string message, string runId, string workflowName)
        : base(code, 500, message)
    {
        RunId = runId;
        WorkflowName = workflowName;
    }

    /// <summary>The run that failed or was cancelled: the child, or the last run that it continued as.</summary>
    public string RunId { get; }

    /// <summary>What it executed.</summary>
    public string WorkflowName { get; }

    /// <summary>Why it failed; null when it was cancelled.</summary>
    public StructuredError? Error { get; private init; }

    /// <summary>Why it was cancelled, if whoever cancelled it said so.</summary>
    public string? CancelReason { get; private init; }

    internal static ChildFailedException From(WorkflowEvent.ChildEnded ended, string workflowName) => ended.Error is { } error
        ? new(
            ErrorCodes.ChildFailed,
            $"Child '{ended.RunId}' (workflow '{workflowName}') failed: {error.Message}",
            ended.RunId,
            workflowName)
        {
            Error = error,
        }
        : new(
            ErrorCodes.ChildCancelled,
            ended.CancelReason is null
                ? $"Child '{ended.RunId}' (workflow '{workflowName}') was cancelled."
                : $"Child '{ended.RunId}' (workflow '{workflowName}') was cancelled: {ended.CancelReason}",
            ended.RunId,
            workflowName)
        {
            CancelReason = ended.CancelReason,
        };
}
