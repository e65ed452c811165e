using System.Text.Json;

namespace TursoWorld.Runtime;

/// <summary>Something that the code waits for, and may cancel.</summary>
internal abstract class Request(string id) : ScopeMember
{
    private readonly TaskCompletionSource<WorkflowEvent> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Identifies it within its run.</summary>
    public string Id => id;

    /// <summary>The event that is its result. Cancelled as soon as the code has cancelled the request.</summary>
    public Task<WorkflowEvent> Result => _result.Task;

    /// <summary>Whether the code has cancelled it before it had a result. A result that is recorded all the same is void.</summary>
    public bool IsCancelled => _result.Task.IsCanceled;

    public bool IsOver => _result.Task.IsCompleted;

    public void Complete(WorkflowEvent result)
    {
        Leave();
        _result.SetResult(result);
    }

    public void Cancel()
    {
        Leave();
        _result.SetCanceled();
    }
}

/// <summary>A step that the code waits for, and where it stands according to the log.</summary>
internal sealed class StepRequest(
    string stepId, string stepName, StepBody body, StepOptions options, RetryPolicy defaultRetry) : Request(stepId)
{
    public string StepId => Id;

    /// <summary>As in the log, with an ordinal when the code has used the name before.</summary>
    public string StepName => stepName;

    public StepBody Body => body;

    public StepOptions Options => options;

    public RetryPolicy Retry => options.Retry ?? defaultRetry;

    /// <summary>Serialized input; null when the code of the step holds its inputs.</summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>With a queued step: the options that the call gave, for whoever executes it; null when it gave none.</summary>
    public JsonElement? StoredOptions { get; init; }

    /// <summary>Whether a message has been, or will be, written for it: as asked for; once recorded, as recorded.</summary>
    public bool IsQueued { get; set; }

    /// <summary>With an inline step that is not recorded: whether there is a slot for its first attempt.</summary>
    public bool HasSlot { get; set; }

    /// <summary>The position of the event that created it; 0 before, and of a queued step in the process that executes it.</summary>
    public long Created { get; set; }

    /// <summary>Attempts recorded so far.</summary>
    public int Attempt { get; set; } = 1;

    /// <summary>Those among them whose process went away: they do not count for the policy.</summary>
    public int Interruptions { get; set; }

    /// <summary>Whether an attempt is recorded that has no recorded end.</summary>
    public bool IsRunning => Attempt > 0 && RetryAfter is null;

    /// <summary>When the next attempt is due; null while one is recorded as running.</summary>
    public DateTimeOffset? RetryAfter { get; set; }

    /// <summary>Whether somebody has been at it before this attempt: an earlier attempt, or one that did not count.</summary>
    public bool HasBegunBefore { get; set; }
}

/// <summary>What a step executes.</summary>
internal abstract record StepBody
{
    private StepBody() { }

    public sealed record Plain(Func<StepContext, Task<ReadOnlyMemory<byte>?>> Run) : StepBody;

    public sealed record Transactional(Func<StepTransaction, StepContext, Task<ReadOnlyMemory<byte>?>> Run) : StepBody;
}

/// <summary>A sleep that the code waits for.</summary>
internal sealed class WaitRequest(string waitId, DateTimeOffset resumeAt) : Request(waitId)
{
    public string WaitId => Id;

    /// <summary>As asked for; once recorded, as recorded.</summary>
    public DateTimeOffset ResumeAt { get; set; } = resumeAt;
}

/// <summary>A payload from outside that the code waits for.</summary>
internal sealed class HookRequest(string hookId, string token) : Request(hookId)
{
    public string HookId => Id;

    public string Token => token;
}
