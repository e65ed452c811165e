namespace TursoWorld;

/// <summary>Thrown to the code of a step that reports progress although nothing of its attempt can count any more.</summary>
public sealed class StepCancelledException : WorldException
{
    internal StepCancelledException(string runId, string stepName, int attempt, CancellationCause cause)
        : base(ErrorCodes.StepCancelled, 409, $"{Describe(runId, stepName, attempt, cause)} Stop here; nothing more of it is recorded.")
    {
        RunId = runId;
        Cause = cause;
    }

    /// <summary>The run.</summary>
    public string RunId { get; }

    /// <summary>Why.</summary>
    public CancellationCause Cause { get; }

    private static string Describe(string runId, string stepName, int attempt, CancellationCause cause) => cause switch
    {
        CancellationCause.RunEnded => $"Run '{runId}', which asked for step '{stepName}', is over.",
        CancellationCause.Timeout => $"Attempt {attempt} of step '{stepName}' has taken longer than it may.",
        CancellationCause.HeartbeatTimeout => $"Attempt {attempt} of step '{stepName}' was silent for longer than it may.",
        CancellationCause.LeaseLost => $"Another worker has taken run '{runId}' over, and executes step '{stepName}' again.",
        CancellationCause.StepCancelled => $"The code of run '{runId}' has cancelled step '{stepName}'.",
        _ => $"Attempt {attempt} of step '{stepName}' is cut short, because the world stops.",
    };
}
