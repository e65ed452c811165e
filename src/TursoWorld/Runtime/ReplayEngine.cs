using System.Globalization;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>
/// A workflow as a function of its log. Events go in one at a time, live as in replay; after each the code runs until it
/// can go no further. What the code asks for comes out as commands, first in, first out; a command leaves the list when
/// its event is delivered. No clock, no I/O, no logging.
/// </summary>
internal sealed class ReplayEngine
{
    private readonly WorkflowDefinition _definition;
    private readonly JsonPayloads _payloads;
    private readonly WorkflowScheduler _scheduler = new();
    private readonly Queue<Command> _commands = new();
    private readonly Dictionary<string, StepRequest> _steps = [];
    private readonly Dictionary<string, StepRequest> _retrying = [];
    private readonly Dictionary<string, WaitRequest> _waits = [];
    private readonly Dictionary<string, HookRequest> _hooks = [];
    private readonly Activation _activation;
    private ReadOnlyMemory<byte>? _input;
    private bool _hasHadWaits;
    private int _lastOrdinal;

    public ReplayEngine(RunIdentity identity, WorkflowDefinition definition, JsonPayloads payloads, Activation activation)
    {
        _activation = activation;
        Identity = identity;
        _definition = definition;
        _payloads = payloads;
    }

    public RunIdentity Identity { get; }

    /// <summary>The instance whose code runs here, once the run has started; null when the code is a function.</summary>
    public Activated? Instance { get; private set; }

    /// <summary>The last event delivered; 0 before the first.</summary>
    public long Position { get; private set; }

    /// <summary>When the last event happened.</summary>
    public DateTimeOffset LastEventAt { get; private set; }

    /// <summary>When the event happened that the code ran on last: the clock of the code.</summary>
    public DateTimeOffset Now { get; private set; }

    public bool IsStarted { get; private set; }

    public bool IsOver => End is not null;

    /// <summary>The event that ended the run; null before.</summary>
    public WorkflowEvent? End { get; private set; }

    /// <summary>True when the code waits and nothing recorded or asked for will ever wake it: it awaits something foreign.</summary>
    public bool IsStuck => IsStarted && !IsOver && _commands.Count + _steps.Count + _waits.Count + _hooks.Count == 0;

    /// <summary>Whether the run is to begin nothing until it is resumed.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>What the code asked for and the log does not have yet.</summary>
    public Queue<Command> Commands => _commands;

    /// <summary>Steps recorded as asked for that have no recorded end.</summary>
    public IReadOnlyCollection<StepRequest> OpenSteps => _steps.Values;

    /// <summary>Those of them that wait for a further attempt.</summary>
    public IReadOnlyCollection<StepRequest> RetryingSteps => _retrying.Values;

    /// <summary>Waits recorded as begun that have no recorded end.</summary>
    public IReadOnlyCollection<WaitRequest> OpenWaits => _waits.Values;

    /// <summary>Whether an attempt is recorded as running, or will be by what the code asks for.</summary>
    public bool IsInFlight => _steps.Count > _retrying.Count || AsksFor<Command.RunStep>();

    /// <summary>What the end of the run would have to close or remove.</summary>
    public RunLeftovers Leftovers =>
        (_steps.Count > 0 || AsksFor<Command.RunStep>() ? RunLeftovers.OpenSteps : RunLeftovers.None)
        | (_hasHadWaits || AsksFor<Command.Wait>() ? RunLeftovers.Waits : RunLeftovers.None)
        | (_hooks.Count > 0 || AsksFor<Command.RegisterHook>() ? RunLeftovers.Hooks : RunLeftovers.None);

    /// <summary>When the run goes on by itself; null when only a result or a wake-up can do that.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var wait in _waits.Values)
            {
                next = Instants.Earlier(next, wait.ResumeAt);
            }

            foreach (var command in _commands)
            {
                next = command is Command.Wait begun ? Instants.Earlier(next, begun.Request.ResumeAt) : next;
            }

            foreach (var step in _retrying.Values)
            {
                next = Instants.Earlier(next, step.RetryAfter);
            }

            return next;
        }
    }

    /// <summary>Raised, on a foreign thread, when the code was woken by something that is not in its log.</summary>
    public event Action? Foreign
    {
        add => _scheduler.Foreign += value;
        remove => _scheduler.Foreign -= value;
    }

    /// <summary>Whether the code asks for something of a kind that the log does not have yet.</summary>
    public bool AsksFor<T>()
        where T : Command
    {
        foreach (var command in _commands)
        {
            if (command is T)
            {
                return true;
            }
        }

        return false;
    }

    public StepRequest? FindOpenStep(string stepId) => _steps.GetValueOrDefault(stepId);

    /// <summary>Delivers the event behind <see cref="Position"/>.</summary>
    /// <exception cref="NondeterminismException">The code does not ask for what the log has there. The engine is of no further use.</exception>
    public void Deliver(WorkflowEvent next)
    {
        if (next.Position != Position + 1)
        {
            throw new InvalidOperationException($"Event {next.Position} was delivered behind event {Position}.");
        }

        Position = next.Position;
        LastEventAt = next.CreatedAt;
        switch (next)
        {
            case WorkflowEvent.RunCreated e:
                _input = e.Input;
                break;
            case WorkflowEvent.AttributesSet:
                break; // nothing that the code waits for
            case WorkflowEvent.RunPaused or WorkflowEvent.RunResumed:
                IsPaused = next is WorkflowEvent.RunPaused;
                break;
            case WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed or WorkflowEvent.RunCancelled:
                End = next;
                _commands.Clear();
                break;
            case WorkflowEvent.StepStarted e:
                Record(Open(_steps, e.StepId, next), e.Attempt, retryAfter: null);
                break;
            case WorkflowEvent.StepRetrying e:
                Record(Open(_steps, e.StepId, next), e.Attempt, e.RetryAfter);
                break;
            case WorkflowEvent.StepCreated or WorkflowEvent.WaitCreated or WorkflowEvent.HookCreated:
                TakeCommand(next);
                break;
            default:
                DeliverResult(next);
                break;
        }
    }

    public StepRequest RequestStep(string stepName, StepBody body, RetryPolicy retry)
    {
        RequireWellFormed(stepName, "The name of a step");
        var step = new StepRequest(NextId("step"), stepName, body, retry);
        _commands.Enqueue(new Command.RunStep(step));
        return step;
    }

    public WaitRequest RequestWait(DateTimeOffset resumeAt)
    {
        var wait = new WaitRequest(NextId("wait"), Instants.RoundUp(resumeAt));
        _commands.Enqueue(new Command.Wait(wait));
        return wait;
    }

    public HookRequest RequestHook(string token)
    {
        RequireWellFormed(token, "The token of a hook");
        var hook = new HookRequest(NextId("hook"), token);
        _commands.Enqueue(new Command.RegisterHook(hook));
        return hook;
    }

    /// <summary>Delivers something that the code may be waiting for.</summary>
    private void DeliverResult(WorkflowEvent next)
    {
        Action<WorkflowEvent> deliver;
        switch (next)
        {
            case WorkflowEvent.RunStarted:
                deliver = Start;
                break;
            case WorkflowEvent.StepCompleted { StepId: var stepId }:
                deliver = CloseStep(stepId, next).Complete;
                break;
            case WorkflowEvent.StepFailed { StepId: var stepId }:
                deliver = CloseStep(stepId, next).Complete;
                break;
            case WorkflowEvent.WaitCompleted { WaitId: var waitId }:
                deliver = Close(_waits, waitId, next).Complete;
                break;
            case WorkflowEvent.HookReceived { HookId: var hookId }:
                deliver = Close(_hooks, hookId, next).Complete;
                break;
            case WorkflowEvent.HookConflict conflict:
                deliver = TakeConflict(conflict).Complete;
                break;
            default:
                throw Mismatch(next, "nothing of the kind");
        }

        Now = next.CreatedAt;
        _scheduler.DrainAfter(deliver, next);
    }

    private void Start(WorkflowEvent started)
    {
        // What fails here is no error of the run: another process, or a later one, may be able to make the instance.
        Instance = WorkflowInstance.Create(_definition, _activation);
        IsStarted = true;
        Task.Factory.StartNew(RunCodeAsync, CancellationToken.None, TaskCreationOptions.None, _scheduler);
    }

    private async Task RunCodeAsync()
    {
        // Texts that the code makes of numbers and dates must not depend on the machine that replays it.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Command end;
        try
        {
            // The code stays on its scheduler: nothing here is configured away from it.
#pragma warning disable CA2007 // see above
            var output = await _definition.ExecuteAsync(
                Instance?.Instance, new WorkflowContext(this, _payloads), _input, _payloads);
#pragma warning restore CA2007
            end = new Command.CompleteRun(output);
        }
        catch (Exception exception)
        {
            end = new Command.FailRun(StructuredErrors.From(exception));
        }

        _commands.Enqueue(end);
    }

    /// <summary>Matches an event against what the code asked for first.</summary>
    private void TakeCommand(WorkflowEvent next)
    {
        switch (next, _commands.Count > 0 ? _commands.Peek() : null)
        {
            case (WorkflowEvent.StepCreated e, Command.RunStep c) when e.StepId == c.Step.StepId && e.StepName == c.Step.StepName:
                _steps.Add(e.StepId, c.Step);
                break;
            case (WorkflowEvent.WaitCreated e, Command.Wait c) when e.WaitId == c.Request.WaitId:
                c.Request.ResumeAt = e.ResumeAt;
                _waits.Add(e.WaitId, c.Request);
                _hasHadWaits = true;
                break;
            case (WorkflowEvent.HookCreated e, Command.RegisterHook c) when e.HookId == c.Hook.HookId && e.Token == c.Hook.Token:
                _hooks.Add(e.HookId, c.Hook);
                break;
            case (_, var head):
                throw Mismatch(next, head?.Describe() ?? "nothing");
        }

        _commands.Dequeue();
    }

    /// <summary>A conflict is a command that was recorded and its result, in one event.</summary>
    private HookRequest TakeConflict(WorkflowEvent.HookConflict next)
    {
        if (_commands.Count == 0 || _commands.Peek() is not Command.RegisterHook { Hook: var hook }
            || hook.HookId != next.HookId || hook.Token != next.Token)
        {
            throw Mismatch(next, _commands.Count > 0 ? _commands.Peek().Describe() : "nothing");
        }

        _commands.Dequeue();
        return hook;
    }

    private void Record(StepRequest step, int attempt, DateTimeOffset? retryAfter)
    {
        step.Attempt = attempt;
        step.RetryAfter = retryAfter;
        if (retryAfter is null)
        {
            _retrying.Remove(step.StepId);
        }
        else
        {
            _retrying[step.StepId] = step;
        }
    }

    private StepRequest CloseStep(string stepId, WorkflowEvent next)
    {
        _retrying.Remove(stepId);
        return Close(_steps, stepId, next);
    }

    private static T Open<T>(Dictionary<string, T> open, string id, WorkflowEvent next) =>
        open.TryGetValue(id, out var request) ? request : throw Mismatch(next, "nothing of the kind");

    private static T Close<T>(Dictionary<string, T> open, string id, WorkflowEvent next) =>
        open.Remove(id, out var request) ? request : throw Mismatch(next, "nothing of the kind");

    private static NondeterminismException Mismatch(WorkflowEvent next, string requested) =>
        new(next.Position, EventText.Describe(next), requested);

    // Half a character cannot be stored: the log would have another text than the code asks for.
    private static void RequireWellFormed(string text, string what)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                throw new ArgumentException(
                    $"{what} has half of a character at index {i}: a text was cut between the two halves of a surrogate pair.");
            }
        }
    }

    private string NextId(string kind)
    {
        if (!_scheduler.IsInside)
        {
            throw new InvalidOperationException(
                "The context of a workflow was used outside its code: in a step, on another thread, or after ConfigureAwait(false) "
                + "or Task.Run. Use it only in the workflow itself, and await only what it gives out.");
        }

        return $"{kind}_{++_lastOrdinal}";
    }
}
