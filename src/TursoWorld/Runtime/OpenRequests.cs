using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>What the code of a run asked for that is recorded, has no recorded end, and is not cancelled.</summary>
internal sealed class OpenRequests
{
    private readonly Dictionary<string, StepRequest> _steps = [];
    private readonly DueQueue<StepRequest> _retrying = new();
    private readonly DueQueue<StepRequest> _awaitingSlot = new();
    private readonly DueQueue<WaitRequest> _waits = new();
    private readonly Dictionary<string, HookRequest> _hooks = [];
    private readonly Dictionary<string, ChildRequest> _children = [];
    private readonly Dictionary<string, long> _cancelling = []; // with the position behind which the code did so
    private int _queued;

    public bool IsEmpty => _steps.Count + _waits.Count + _hooks.Count + _children.Count == 0;

    public IReadOnlyCollection<StepRequest> Steps => _steps.Values;

    /// <summary>
    /// Whether an attempt is recorded as running that is the run's own, or is about to be. Queued steps are not: others are at them.
    /// </summary>
    public bool HasRunningSteps => _steps.Count - _queued > _retrying.Count;

    /// <summary>The step of the run's own that has waited for a slot longest; null for none.</summary>
    public StepRequest? FirstAwaitingSlot => _awaitingSlot.First;

    /// <summary>Whether only slots are waited for: nothing of the run's own executes.</summary>
    public bool AwaitsSlotsOnly => _awaitingSlot.Count > 0 && _steps.Count - _queued == _retrying.Count + _awaitingSlot.Count;

    /// <summary>Whether a step of the run's own is open whose process has gone away at least once.</summary>
    public bool HasInterruptedSteps => _steps.Values.Any(step => step.Interruptions > 0 && !step.IsQueued);

    /// <summary>What the end of the run would have to close or remove. Waits keep their rows when they end.</summary>
    public RunLeftovers Leftovers => _cancelling.Count > 0
        ? RunLeftovers.All // what was cancelled behind the end of the run is not recorded as cancelled
        : (_queued > 0 ? RunLeftovers.StepMessages : RunLeftovers.None)
        | (_hooks.Count > 0 ? RunLeftovers.Hooks : RunLeftovers.None)
        | (_children.Count > 0 ? RunLeftovers.Children : RunLeftovers.None);

    /// <summary>When the first of them goes on by itself; null for never.</summary>
    public DateTimeOffset? NextDue => Instants.Earlier(_waits.NextDue, _retrying.NextDue);

    /// <summary>Sleeps whose time has come, the earliest first.</summary>
    public IReadOnlyList<WaitRequest> ListDueWaits(DateTimeOffset now) => _waits.ListDue(now);

    /// <summary>Steps of the run's own whose next attempt is due, the earliest first.</summary>
    public IReadOnlyList<StepRequest> ListDueRetries(DateTimeOffset now) => _retrying.ListDue(now);

    /// <summary>It is recorded.</summary>
    public void Add(Request request)
    {
        if (request.IsCancelled)
        {
            return; // its cancellation follows
        }

        switch (request)
        {
            case StepRequest step:
                _steps.Add(step.Id, step);
                _queued += step.IsQueued ? 1 : 0;
                if (step is { IsQueued: false, Attempt: 0 })
                {
                    AwaitSlot(step);
                }

                break;
            case WaitRequest wait:
                _waits.Set(wait, wait.ResumeAt);
                break;
            case HookRequest hook:
                _hooks.Add(hook.Id, hook);
                break;
            case ChildRequest child:
                _children.Add(child.Id, child);
                break;
        }
    }

    public bool IsOpen(Request request) => request switch
    {
        StepRequest => _steps.ContainsKey(request.Id),
        WaitRequest => _waits.Contains(request.Id),
        ChildRequest => _children.ContainsKey(request.Id),
        _ => _hooks.ContainsKey(request.Id),
    };

    public StepRequest? FindStep(string stepId) => _steps.GetValueOrDefault(stepId);

    public void BeginAttempt(StepRequest step, int attempt)
    {
        (step.HasBegunBefore, step.Attempt, step.RetryAfter) = (step.Attempt > 0 || step.HasBegunBefore, attempt, null);
        _retrying.Remove(step.Id);
        _awaitingSlot.Remove(step.Id);
    }

    /// <summary>An attempt of a step of the run's own is due, and there is no slot for it yet.</summary>
    public void AwaitSlot(StepRequest step)
    {
        _retrying.Remove(step.Id);
        _awaitingSlot.Set(step, step.RetryAfter ?? DateTimeOffset.MinValue);
    }

    /// <param name="step">The step.</param>
    /// <param name="recorded">When the next attempt is due; without a time at once, whatever the clock says.</param>
    public void AwaitRetry(StepRequest step, WorkflowEvent.StepRetrying recorded)
    {
        var dueAt = recorded.RetryAfter ?? DateTimeOffset.MinValue;
        (step.Attempt, step.RetryAfter, step.HasBegunBefore) = (recorded.Attempt, dueAt, true);
        step.Interruptions = recorded.Interruptions;
        _awaitingSlot.Remove(step.Id);
        if (step.IsQueued)
        {
            _retrying.Remove(step.Id);
        }
        else
        {
            _retrying.Set(step, dueAt);
        }
    }

    /// <returns>The step, which is not open any more; null when it was not.</returns>
    public StepRequest? CloseStep(string stepId)
    {
        _retrying.Remove(stepId);
        _awaitingSlot.Remove(stepId);
        if (!_steps.Remove(stepId, out var step))
        {
            return null;
        }

        _queued -= step.IsQueued ? 1 : 0;
        return step;
    }

    public WaitRequest? CloseWait(string waitId) => _waits.Remove(waitId);

    public HookRequest? CloseHook(string hookId) => _hooks.Remove(hookId, out var hook) ? hook : null;

    public ChildRequest? CloseChild(string childId) => _children.Remove(childId, out var child) ? child : null;

    /// <summary>The code has cancelled it behind a position, which is not recorded yet.</summary>
    public void BeginCancel(Request request, long position)
    {
        _cancelling.Add(request.Id, position);
        _ = request switch
        {
            StepRequest => (Request?)CloseStep(request.Id),
            WaitRequest => CloseWait(request.Id),
            ChildRequest => CloseChild(request.Id),
            _ => CloseHook(request.Id),
        };
    }

    /// <summary>Behind which position the code has cancelled something, if that is not recorded yet.</summary>
    public long? FindCancelPosition(string requestId) => _cancelling.TryGetValue(requestId, out var position) ? position : null;

    /// <summary>That is recorded.</summary>
    public void EndCancel(Request request) => _cancelling.Remove(request.Id);

    /// <summary>
    /// Whether an event comes too late: the code has cancelled what it is about, and the log had something else to say
    /// before it said so.
    /// </summary>
    public bool IsVoid(WorkflowEvent next) => _cancelling.Count > 0 && next switch
    {
        WorkflowEvent.StepStarted e => _cancelling.ContainsKey(e.StepId),
        WorkflowEvent.StepRetrying e => _cancelling.ContainsKey(e.StepId),
        WorkflowEvent.StepCompleted e => _cancelling.ContainsKey(e.StepId),
        WorkflowEvent.StepFailed e => _cancelling.ContainsKey(e.StepId),
        WorkflowEvent.WaitCompleted e => _cancelling.ContainsKey(e.WaitId),
        WorkflowEvent.HookReceived e => _cancelling.ContainsKey(e.HookId),
        WorkflowEvent.ChildEnded e => _cancelling.ContainsKey(e.ChildId),
        _ => false,
    };
}
