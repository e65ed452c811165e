namespace TursoWorld;

/// <summary>Thrown to whoever waits for the result of a run that has none, or for the end of a stream that it has not closed.</summary>
public sealed class RunEndedException : WorldException
{
    private RunEndedException(string code, string runId, string message)
        : base(code, 500, message) => RunId = runId;

    /// <summary>The run that has no result: the one that was waited for, or the last that it went on as.</summary>
    public string RunId { get; }

    /// <summary>Why the run failed; null when it was cancelled.</summary>
    public StructuredError? Error { get; private init; }

    /// <summary>Why the run was cancelled, if whoever cancelled it said so.</summary>
    public string? CancelReason { get; private init; }

    internal static RunEndedException Failed(string runId, StructuredError error) =>
        new(ErrorCodes.RunFailed, runId, $"Run '{runId}' failed: {error.Message}") { Error = error };

    /// <param name="runId">The run.</param>
    /// <param name="code">Whether from outside, or by its workflow.</param>
    /// <param name="reason">Why.</param>
    internal static RunEndedException Cancelled(string runId, string code, string? reason)
    {
        var who = code == ErrorCodes.WorkflowCancelled ? "cancelled itself" : "was cancelled";
        return new(code, runId, reason is null ? $"Run '{runId}' {who}." : $"Run '{runId}' {who}: {reason}") { CancelReason = reason };
    }
}
