using System.Globalization;
using Microsoft.Extensions.Logging;
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
    private readonly ILoggerFactory _loggerFactory;
    private readonly WorkflowScheduler _scheduler = new();
    private readonly StepNames _stepNames = new();
    private readonly AsyncLocal<string?> _step = new();
    private readonly Activation _activation;
    private readonly Hearing _hearing;
    private ReadOnlyMemory<byte>? _input;
    private int _lastOrdinal;

    public ReplayEngine(
        RunIdentity identity, WorkflowDefinition definition, JsonPayloads payloads, Activation activation, ILoggerFactory loggerFactory,
        IReadOnlySet<long> held)
    {
        _hearing = new Hearing(held, Open);
        _activation = activation;
        Identity = identity;
        _definition = definition;
        _payloads = payloads;
        _loggerFactory = loggerFactory;
        Values = new SeededValues(identity.Seed);
        Scopes = new Scopes(this);
        Attributes = new RunAttributes(this);
        State = new StateValues(this);
        Recorded = new RecordedValues(payloads);
    }

    public RunIdentity Identity { get; }

    /// <summary>Makes instances of workflows and steps that are classes.</summary>
    public Activation Activation => _activation;

    /// <summary>Who executes a step with a definition that does not say so itself.</summary>
    public StepMode DefaultStepMode { get; init; }

    /// <summary>How often steps are tried that do not say so themselves.</summary>
    public RetryPolicy DefaultRetry { get; init; } = RetryPolicy.Default;

    /// <summary>What looks random to the code.</summary>
    public SeededValues Values { get; }

    /// <summary>The instance whose code runs here, once the run has started; null when the code is a function.</summary>
    public Activated? Instance { get; private set; }

    /// <summary>Whether the code executes, and whether it was given up.</summary>
    public CodeGate Gate => _scheduler.Gate;

    /// <summary>The last event delivered; 0 before the first.</summary>
    public long Position { get; private set; }

    /// <summary>When the last event happened.</summary>
    public DateTimeOffset LastEventAt { get; private set; }

    /// <summary>When the event happened that the code ran on last: the clock of the code.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>
    /// Where delays begin that the code asks for: the clock at its decision. The log may be ahead of that, when the clock has been set
    /// back, or far behind.
    /// </summary>
    public DateTimeOffset DecidedAt
    {
        get => field == default ? Now : field;
        set => field = Instants.RoundDown(value);
    }

    /// <summary>Whether the code is only being brought back to where it was: it has still to ask for something that is recorded.</summary>
    public bool IsReplaying => Commands.IsReplaying;

    public bool IsStarted { get; private set; }

    public bool IsOver => End is not null;

    /// <summary>The event that ended the run; null before.</summary>
    public WorkflowEvent? End { get; private set; }

    /// <summary>True when the code waits and nothing recorded or asked for will ever wake it: it awaits something foreign.</summary>
    public bool IsStuck => WaitsForNothing && Commands.Count == 0;

    /// <summary>As <see cref="IsStuck"/>, while the code may have asked for something that it does not wait for.</summary>
    public bool WaitsForNothing => IsStarted && !IsOver && Open.IsEmpty && !Commands.AsksForResult;

    /// <summary>Whether the run is to begin nothing until it is resumed.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>What the code reads of the log.</summary>
    public RecordedValues Recorded { get; }

    /// <summary>What the code asked for and the log does not have yet.</summary>
    public CommandQueue Commands { get; } = new();

    /// <summary>What the code asked for, is recorded, has no recorded end, and is not cancelled.</summary>
    public OpenRequests Open { get; } = new();

    public Scopes Scopes { get; }

    public RunAttributes Attributes { get; }

    public StateValues State { get; }

    /// <summary>Whether an attempt runs, or will by what the code asks for.</summary>
    public bool IsInFlight => Open.HasRunningSteps || Commands.AsksForAttempt;

    public RunLeftovers Leftovers => Open.Leftovers | Commands.Leftovers;

    /// <summary>When the run goes on by itself; null when only a result or a wake-up can do that.</summary>
    public DateTimeOffset? NextDue => Instants.Earlier(Open.NextDue, Commands.NextDue);

    /// <summary>Raised, on a foreign thread, when the code was woken by something that is not in its log.</summary>
    public event Action? Foreign
    {
        add => _scheduler.Foreign += value;
        remove => _scheduler.Foreign -= value;
    }

    /// <summary>Announces events that are about to be delivered and that the code may have heard of before.</summary>
    public void Expect(IReadOnlyList<WorkflowEvent> events) => Commands.Expect(events);

    /// <summary>Delivers the event behind <see cref="Position"/>.</summary>
    /// <exception cref="NondeterminismException">The code does not ask for what the log has there. The engine is of no further use.</exception>
    /// <exception cref="NotReadyException">No instance of the code can be made here. The engine is of no further use.</exception>
    /// <exception cref="DecidedTooEarlyException">The code has to decide again, in an engine that holds some events back.</exception>
    public void Deliver(WorkflowEvent next)
    {
        if (next.Position != Position + 1)
        {
            throw new InvalidOperationException($"Event {next.Position} was delivered behind event {Position}.");
        }

        _hearing.RequireUndecided(next);
        Position = next.Position;
        LastEventAt = next.CreatedAt;
        switch (next)
        {
            case WorkflowEvent.RunCreated e:
                _input = e.Input;
                Attributes.Take(e.Attributes!); // null would remove one, and there is none
                break;
            case { } late when Open.IsVoid(late):
                break; // the code has cancelled what it is about
            case WorkflowEvent.AttributesSet { IsByCode: false } e:
                Attributes.Take(e.Changes); // from outside: nothing that the code waits for
                break;
            case WorkflowEvent.RunPaused or WorkflowEvent.RunResumed:
                IsPaused = next is WorkflowEvent.RunPaused;
                break;
            case not (WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed or WorkflowEvent.RunCancelled)
                when Recorded.Unreadable is not null:
                break; // the code stands in front of it
            case WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed or WorkflowEvent.RunCancelled:
                End = next;
                Commands.Clear();
                break;
            case WorkflowEvent.StepStarted e:
                Open.BeginAttempt(Known(Open.FindStep(e.StepId), next), e.Attempt);
                break;
            case WorkflowEvent.StepRetrying e:
                Open.AwaitRetry(Known(Open.FindStep(e.StepId), next), e);
                break;
            case WorkflowEvent.StepCreated or WorkflowEvent.WaitCreated or WorkflowEvent.HookCreated or WorkflowEvent.ChildStarted
                or WorkflowEvent.ChildCancelled or WorkflowEvent.StepCancelled or WorkflowEvent.WaitCancelled or WorkflowEvent.HookDisposed
                or WorkflowEvent.AttributesSet or WorkflowEvent.StateSet:
                TakeCommand(next);
                break;
            default:
                DeliverResult(next);
                break;
        }
    }

    /// <param name="stepName">The name that the code gives it.</param>
    /// <param name="body">What it executes.</param>
    /// <param name="options">How.</param>
    /// <param name="call">What goes into the log of a step that has a definition.</param>
    public StepRequest RequestStep(string stepName, StepBody body, StepOptions options, StepCall? call = null)
    {
        WellFormed.Require(stepName, "The name of a step");
        Scopes.RequireNotCancelled();
        var stepId = NextId("step");
        var step = new StepRequest(stepId, _stepNames.Next(stepName), body, options, DefaultRetry)
        {
            Input = call?.Input,
            StoredOptions = call?.StoredOptions,
            IsQueued = call is { IsQueued: true },
        };
        step.Join(Scopes.Current);
        Ask(new Command.RunStep(step));
        return step;
    }

    public WaitRequest RequestWait(DateTimeOffset resumeAt)
    {
        Scopes.RequireNotCancelled();
        return RequestWait(resumeAt, Scopes.Current);
    }

    /// <summary>Asks for a sleep of so long, from now on, that belongs to a certain scope.</summary>
    public WaitRequest RequestWait(TimeSpan delay, Scope? scope) => RequestWait(Instants.Add(DecidedAt, delay), scope);

    public HookRequest RequestHook(string token)
    {
        WellFormed.Require(token, "The token of a hook");
        Scopes.RequireNotCancelled();
        var hook = new HookRequest(NextId("hook"), token);
        hook.Join(Scopes.Current);
        Ask(new Command.RegisterHook(hook));
        return hook;
    }

    /// <summary>The id of what the code asks for next: the same whenever it is replayed.</summary>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public string NextId(string kind)
    {
        RequireInside();
        return $"{kind}_{++_lastOrdinal}";
    }

    /// <summary>The caller, and whatever it calls, is the code of a step.</summary>
    public void EnterStep(string stepName) => _step.Value = stepName;

    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public void RequireInside()
    {
        if (!_scheduler.IsInside)
        {
            throw Misuse();
        }
    }

    /// <summary>
    /// The code gives up what it asked for: its task ends here and now, and the log hears of it in turn. Nothing happens to what
    /// has a result. What is asked for and not recorded is recorded all the same: the log may have it by now.
    /// </summary>
    public void Cancel(Request request)
    {
        if (!request.IsOver)
        {
            Open.BeginCancel(request, Position);
            Ask(new Command.Cancel(request));
            request.Cancel();
        }
    }

    /// <summary>Takes what the code asks for behind everything it asked for before.</summary>
    public void Ask(Command command) => Commands.Ask(command);

    private WaitRequest RequestWait(DateTimeOffset resumeAt, Scope? scope)
    {
        var wait = new WaitRequest(NextId("wait"), Instants.RoundUp(resumeAt));
        wait.Join(scope);
        Ask(new Command.Wait(wait));
        return wait;
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
                deliver = Known(Open.CloseStep(stepId), next).Complete;
                break;
            case WorkflowEvent.StepFailed { StepId: var stepId }:
                deliver = Known(Open.CloseStep(stepId), next).Complete;
                break;
            case WorkflowEvent.WaitCompleted { WaitId: var waitId }:
                deliver = Known(Open.CloseWait(waitId), next).Complete;
                break;
            case WorkflowEvent.HookReceived { HookId: var hookId }:
                deliver = Known(Open.CloseHook(hookId), next).Complete;
                break;
            case WorkflowEvent.HookConflict conflict:
                var hook = TakeConflict(conflict);
                if (hook.IsCancelled)
                {
                    return;
                }

                deliver = hook.Complete;
                break;
            case WorkflowEvent.ChildEnded { ChildId: var childId }:
                deliver = Known(Open.CloseChild(childId), next).Complete;
                break;
            default:
                throw Mismatch(next, "nothing of the kind");
        }

        if (!_hearing.TryTake(deliver, next))
        {
            return;
        }

        Now = next.CreatedAt;
        _scheduler.DrainAfter(static hearing => hearing.Deliver(), _hearing);
        while (Scopes.TryAbandon(_scheduler))
        {
            // One at a time: each may change what the next one waits for.
        }
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
                Instance?.Instance, new WorkflowContext(this, _payloads, _loggerFactory), _input, _payloads);
#pragma warning restore CA2007
            end = new Command.CompleteRun(output);
        }
        catch (ContinueAsNewException next)
        {
            end = NextRun.ToCommand(next, Identity, _definition.InputType, Values.RunId(Now, "next"), _payloads);
        }
        catch (CancelRunException cancel)
        {
            end = new Command.CancelRun(cancel.Reason);
        }
        catch (Exception exception)
        {
            end = new Command.FailRun(StructuredErrors.From(exception));
        }

        // It may have got here by an exception that it was not to hear of.
        if (Recorded.Unreadable is null)
        {
            _hearing.EndDecidedAt = Position;
            Ask(end);
        }
    }

    private void TakeCommand(WorkflowEvent next)
    {
        if (!CommandMatch.TryRecord(next, Commands.Head, Open, State))
        {
            throw Mismatch(next, Commands.Head?.Describe() ?? "nothing");
        }

        Commands.Take();
    }

    /// <summary>A conflict is a command that was recorded and its result, in one event.</summary>
    private HookRequest TakeConflict(WorkflowEvent.HookConflict next)
    {
        if (Commands.Head is not Command.RegisterHook { Hook: var hook }
            || hook.HookId != next.HookId || hook.Token != next.Token)
        {
            throw Mismatch(next, Commands.Head?.Describe() ?? "nothing");
        }

        Commands.Take();
        return hook;
    }

    private static T Known<T>(T? open, WorkflowEvent next)
        where T : class => open ?? throw Mismatch(next, "nothing of the kind");

    private static NondeterminismException Mismatch(WorkflowEvent next, string requested) =>
        new(next.Position, EventText.Describe(next), requested);

    private ContextMisuseException Misuse() => this switch
    {
        { Gate.IsGivenUp: true } => ContextMisuseException.GivenUp(),
        _ when _step.Value is { } stepName => ContextMisuseException.InStep(stepName),
        { IsOver: true } => ContextMisuseException.AfterEnd(Identity.RunId),
        _ when TaskScheduler.Current is WorkflowScheduler => ContextMisuseException.OfAnotherRun(Identity.RunId),
        _ => ContextMisuseException.Outside(),
    };
}
