namespace TursoWorld.Runtime;

/// <summary>A step that the code waits for, and where it stands according to the log.</summary>
internal sealed class StepRequest(string stepId, string stepName, StepBody body, StepOptions options)
{
    private readonly TaskCompletionSource<WorkflowEvent> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string StepId => stepId;

    /// <summary>As in the log, with an ordinal when the code has used the name before.</summary>
    public string StepName => stepName;

    public StepBody Body => body;

    public StepOptions Options => options;

    public RetryPolicy Retry => options.Retry;

    /// <summary>Its <c>StepCompleted</c> or <c>StepFailed</c> event.</summary>
    public Task<WorkflowEvent> Result => _result.Task;

    /// <summary>Attempts recorded so far.</summary>
    public int Attempt { get; set; } = 1;

    /// <summary>When the next attempt is due; null while one is recorded as running.</summary>
    public DateTimeOffset? RetryAfter { get; set; }

    /// <summary>Whether somebody has been at it before this attempt: an earlier attempt, or one that did not count.</summary>
    public bool HasBegunBefore { get; set; }

    public void Complete(WorkflowEvent result) => _result.SetResult(result);
}

/// <summary>What a step executes.</summary>
internal abstract record StepBody
{
    private StepBody() { }

    public sealed record Plain(Func<StepContext, Task<ReadOnlyMemory<byte>?>> Run) : StepBody;

    public sealed record Transactional(Func<StepTransaction, StepContext, Task<ReadOnlyMemory<byte>?>> Run) : StepBody;
}

/// <summary>A sleep that the code waits for.</summary>
internal sealed class WaitRequest(string waitId, DateTimeOffset resumeAt)
{
    private readonly TaskCompletionSource _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string WaitId => waitId;

    /// <summary>As asked for; once recorded, as recorded.</summary>
    public DateTimeOffset ResumeAt { get; set; } = resumeAt;

    public Task Result => _result.Task;

    public void Complete(WorkflowEvent result) => _result.SetResult();
}

/// <summary>A payload from outside that the code waits for.</summary>
internal sealed class HookRequest(string hookId, string token)
{
    private readonly TaskCompletionSource<WorkflowEvent> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string HookId => hookId;

    public string Token => token;

    /// <summary>Its <c>HookReceived</c> or <c>HookConflict</c> event.</summary>
    public Task<WorkflowEvent> Result => _result.Task;

    public void Complete(WorkflowEvent result) => _result.SetResult(result);
}
