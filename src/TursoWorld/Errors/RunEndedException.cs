namespace TursoWorld;

/// <summary>Thrown to whoever waits for the result of a run that has none.</summary>
public sealed class RunEndedException : WorldException
{
    private RunEndedException(string code, string runId, string message, StructuredError? error)
        : base(code, 500, message)
    {
        RunId = runId;
        Error = error;
    }

    /// <summary>The run.</summary>
    public string RunId { get; }

    /// <summary>Why the run failed; null when it was cancelled.</summary>
    public StructuredError? Error { get; }

    internal static RunEndedException Failed(string runId, StructuredError error) =>
        new(ErrorCodes.RunFailed, runId, $"Run '{runId}' failed: {error.Message}", error);

    internal static RunEndedException Cancelled(string runId) =>
        new(ErrorCodes.RunCancelled, runId, $"Run '{runId}' was cancelled.", null);
}
