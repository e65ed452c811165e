namespace TursoWorld.Abstractions;

/// <summary>How a run ended.</summary>
internal sealed record RunOutcome(
    RunStatus Status, ReadOnlyMemory<byte>? Output, StructuredError? Error, RunCancellation? Cancellation = null)
{
    /// <summary>The run that goes on in place of this one, and has the result; null when there is none.</summary>
    public string? ContinuedToRunId { get; init; }

    /// <summary>For whoever waits for something that the run has not come to; null when it has completed.</summary>
    public RunEndedException? ToException(string runId) => Status switch
    {
        RunStatus.Completed => null,
        RunStatus.Failed => RunEndedException.Failed(runId, Error!), // a failed run has its error
        _ => RunEndedException.Cancelled(runId, Cancellation?.Code ?? ErrorCodes.RunCancelled, Cancellation?.Reason),
    };

    /// <param name="run">A run that is over.</param>
    public static RunOutcome Of(WorkflowRun run) => new(
        run.Status,
        run.Output,
        run.Error,
        run.Status == RunStatus.Cancelled
            ? new RunCancellation(run.ErrorCode ?? ErrorCodes.RunCancelled, run.CancelReason)
            : null)
    {
        ContinuedToRunId = run.ContinuedToRunId,
    };
}

/// <summary>Who cancelled a run, and why.</summary>
/// <param name="Code"><c>RUN_CANCELLED</c> or <c>WORKFLOW_CANCELLED</c>.</param>
/// <param name="Reason">Null when none was given.</param>
internal sealed record RunCancellation(string Code, string? Reason);
