namespace TursoWorld.Log;

/// <summary>
/// What the log of a run says: its status, its steps, sleeps, hooks, children and what its code remembers. Everything that reads a log as more than a
/// list of events uses this fold. It holds positions and no payloads.
/// </summary>
/// <param name="isForeign">Whether a foreign runtime drives the run: its steps do not begin with their creation, and outlive the run.</param>
/// <param name="onProblem">Called with what no log of this library says; null when nobody wants to know.</param>
internal sealed class RunState(bool isForeign, Action<IntegrityProblemKind, string>? onProblem = null)
{
    private readonly Dictionary<string, string> _attributes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _attributeIds = new(StringComparer.Ordinal);

    /// <summary>The position of the last event; 0 before the first.</summary>
    public long Position { get; private set; }

    /// <summary>When the last event was recorded, in Unix milliseconds.</summary>
    public long UpdatedAt { get; private set; } = long.MinValue;

    /// <summary>When a payload of a hook or the result of a step was recorded last, in Unix milliseconds.</summary>
    public long ReceivedAt { get; private set; } = long.MinValue;

    public RunStatus Status { get; private set; } = RunStatus.Pending;

    /// <summary>Unix milliseconds; null before.</summary>
    public long? CreatedAt { get; private set; }

    /// <summary>Unix milliseconds; null before.</summary>
    public long? StartedAt { get; private set; }

    /// <summary>Unix milliseconds; null before.</summary>
    public long? EndedAt { get; private set; }

    /// <summary>The position of the event that ended the run; null before.</summary>
    public long? EndedPosition { get; private set; }

    public bool IsOver => EndedPosition is not null;

    public IReadOnlyDictionary<string, string> Attributes => _attributes;

    public LoggedList<StepState> Steps { get; } = new();

    public LoggedList<WaitState> Waits { get; } = new();

    public LoggedList<HookState> Hooks { get; } = new();

    public LoggedList<ChildState> Children { get; } = new();

    public LoggedList<ValueState> Values { get; } = new();

    /// <summary>About how much memory it takes, in things.</summary>
    public int Size => 1 + Steps.Count + Waits.Count + Hooks.Count + Children.Count + Values.Count + _attributeIds.Count;

    /// <summary>Whether a change of attributes with that id has been recorded.</summary>
    public bool HasAttributeChange(string attributeId) => _attributeIds.Contains(attributeId);

    /// <summary>Takes the next event.</summary>
    public void Add(StoredEvent next)
    {
        CheckPlace(next);
        (Position, UpdatedAt) = (next.Position, Math.Max(UpdatedAt, next.CreatedAt));
        switch (next.Type)
        {
            case ['r', 'u', 'n', '_', ..]:
                AddRunEvent(next);
                break;
            case ['s', 't', 'e', 'p', '_', ..]:
                AddStepEvent(next);
                break;
            case ['w', 'a', 'i', 't', '_', ..]:
                AddWaitEvent(next);
                break;
            case ['h', 'o', 'o', 'k', '_', ..]:
                AddHookEvent(next);
                break;
            case ['c', 'h', 'i', 'l', 'd', '_', ..]:
                AddChildEvent(next);
                break;
            case "attr_set":
                _attributeIds.Add(next.Id);
                Merge(next.Data.Changes);
                break;
            case "state_set":
                AddStateEvent(next);
                break;
        }
    }

    private void CheckPlace(StoredEvent next)
    {
        if (next.Position != Position + 1)
        {
            Report(IntegrityProblemKind.LogGap, $"Position {Position} of the log is followed by {next.Position}.");
        }

        if ((next.Type == "run_created") != (Position == 0))
        {
            Report(IntegrityProblemKind.LogStart, $"Position {next.Position} of the log is {next.Type}.");
        }

        if (next.CreatedAt < UpdatedAt)
        {
            Report(IntegrityProblemKind.LogOrder, $"Position {next.Position} of the log is older than the one before.");
        }

        // A cancel may be repeated, and a foreign runtime may record afterwards how its steps have ended.
        var mayFollow = next.Type == "run_cancelled" || (isForeign && next.Type is "step_completed" or "step_failed");
        if (IsOver && !mayFollow)
        {
            Contradict(next, $"after the end of the run at {EndedPosition}");
        }
    }

    private void AddRunEvent(StoredEvent next)
    {
        switch (next.Type)
        {
            case "run_created":
                CreatedAt = next.CreatedAt;
                Merge(next.Data.Attributes!); // a value may be null there, and none is
                break;
            case "run_started":
                (Status, StartedAt) = (Status == RunStatus.Paused ? RunStatus.Paused : RunStatus.Running, next.CreatedAt);
                break;
            case "run_paused":
                Status = RunStatus.Paused;
                break;
            case "run_resumed":
                Status = StartedAt is null ? RunStatus.Pending : RunStatus.Running;
                break;
            case "run_completed":
                End(RunStatus.Completed, next);
                break;
            case "run_failed":
                End(RunStatus.Failed, next);
                break;
            case "run_cancelled":
                End(RunStatus.Cancelled, next);
                break;
        }
    }

    private void End(RunStatus status, StoredEvent next)
    {
        if (IsOver)
        {
            return; // it was cancelled again
        }

        (Status, EndedPosition, EndedAt) = (status, next.Position, next.CreatedAt);
        Hooks.ReplaceAll(hook => hook.IsLiving, hook => hook with { IsLiving = false });
        if (!isForeign)
        {
            Steps.ReplaceAll(step => step.IsOpen, step => step with { Status = StepStatus.Cancelled, RetryAfter = null });
        }
    }

    private void AddStepEvent(StoredEvent next)
    {
        if (next.Type == "step_created")
        {
            Create(Steps, StepState.Create(next, isForeign), next);
            return;
        }

        if (Find(Steps, next) is not { } step)
        {
            return;
        }

        if (!step.IsOpen)
        {
            // Giving up what has ended changes nothing.
            if (next.Type != "step_cancelled" || step.Status == StepStatus.Cancelled)
            {
                Contradict(next, $"of '{next.Id}', which had ended");
            }

            return;
        }

        Steps.Replace(step.After(next));
        if (next.Type == "step_completed")
        {
            ReceivedAt = next.CreatedAt;
        }
    }

    private void AddWaitEvent(StoredEvent next)
    {
        if (next.Type == "wait_created")
        {
            Create(Waits, WaitState.Create(next), next);
            return;
        }

        if (Find(Waits, next) is not { } wait)
        {
            return;
        }

        if (wait.Status == WaitStatus.Waiting)
        {
            Waits.Replace(wait.After(next));
        }
        else if (next.Type != "wait_cancelled" || wait.Status == WaitStatus.Cancelled)
        {
            Contradict(next, $"of '{next.Id}', which had ended");
        }
    }

    private void AddHookEvent(StoredEvent next)
    {
        switch (next.Type)
        {
            case "hook_created":
                Create(Hooks, new HookState(next.Id, next.Position, next.Data.Token), next);
                return;
            case "hook_conflict":
                if (!isForeign) // which may try the same id again
                {
                    Create(Hooks, new HookState(next.Id, next.Position, next.Data.Token) { IsLiving = false }, next);
                }

                return;
            case "hook_received":
                ReceivedAt = next.CreatedAt;
                break;
        }

        if (Find(Hooks, next) is not { } hook)
        {
            return;
        }

        var isDisposed = next.Type == "hook_disposed";
        if (!hook.IsLiving)
        {
            if (isForeign || !isDisposed)
            {
                Contradict(next, $"of '{next.Id}', which had ended");
            }
        }
        else if (isDisposed || !isForeign)
        {
            Hooks.Replace(hook with { IsLiving = false });
        }
    }

    private void AddChildEvent(StoredEvent next)
    {
        if (next.Type == "child_started")
        {
            Create(Children, new ChildState(next.Id, next.Position), next);
            return;
        }

        if (Find(Children, next) is not { } child)
        {
            return;
        }

        if (child.Status == ChildStatus.Running)
        {
            Children.Replace(next.Type == "child_ended"
                ? child with { Status = ChildStatus.Ended, Latest = next.Position }
                : child with { Status = ChildStatus.Cancelled });
        }
        else if (next.Type != "child_cancelled" || child.Status == ChildStatus.Cancelled)
        {
            Contradict(next, $"of '{next.Id}', which had ended");
        }
    }

    private void AddStateEvent(StoredEvent next)
    {
        if (next.Payload is not null)
        {
            if (Values.TryFind(next.Id, out var value))
            {
                Values.Replace(value with { Latest = next.Position, LatestAt = next.CreatedAt });
            }
            else
            {
                Values.TryAdd(new ValueState(next.Id, next.Position, next.Position, next.CreatedAt));
            }
        }
        else if (!Values.Remove(next.Id))
        {
            Contradict(next, $"that takes the value of '{next.Id}' away, which had none");
        }
    }

    /// <summary>Sets and removes attributes: null removes.</summary>
    private void Merge(IReadOnlyDictionary<string, string?>? changes)
    {
        foreach (var (name, value) in changes ?? new Dictionary<string, string?>())
        {
            if (value is null)
            {
                _attributes.Remove(name);
            }
            else
            {
                _attributes[name] = value;
            }
        }
    }

    private void Create<T>(LoggedList<T> list, T created, StoredEvent next)
        where T : class, ILogged
    {
        if (!list.TryAdd(created))
        {
            Report(IntegrityProblemKind.LogContradiction, $"Position {next.Position} of the log makes '{next.Id}' a second time.");
        }
    }

    private T? Find<T>(LoggedList<T> list, StoredEvent next)
        where T : class, ILogged
    {
        var found = list.Find(next.Id);
        if (found is null)
        {
            Contradict(next, $"of '{next.Id}', which was never made");
        }

        return found;
    }

    private void Contradict(StoredEvent next, string words) =>
        Report(IntegrityProblemKind.LogContradiction, $"Position {next.Position} of the log is {next.Type} {words}.");

    private void Report(IntegrityProblemKind kind, string text) => onProblem?.Invoke(kind, text);
}
