using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>How a live run leaves the hands of this process.</summary>
internal enum LiveRunEnd
{
    /// <summary>Parked: nothing is in flight, and it can go on where it stands when the message comes back.</summary>
    Parked,

    /// <summary>Over, taken by somebody else, or given back: what is in memory is of no further use.</summary>
    Gone,
}

/// <summary>
/// A run in the hands of this process. It takes one turn at a time; results of its steps, timers and wake-ups wait in the
/// inbox for the next. What is in memory is a shortcut: dropped at any point, the log brings it back.
/// </summary>
#pragma warning disable CA1001 // Neither source has a timer or a wait handle, and a cancelled step may still hold its token.
internal sealed class LiveRun(WorkflowDefinition definition, RunServices services, Action<LiveRun, LiveRunEnd> leave)
#pragma warning restore CA1001
{
    // A run that is taken up this often without getting any further is given up.
    private const int MaxFailures = 48;

    private readonly RunInbox _inbox = new();
    private readonly Dictionary<string, Task> _running = [];
    private readonly HashSet<(string StepId, int Attempt)> _granted = [];
    private readonly List<EndedStep> _unrecorded = [];
    private readonly CancellationTokenSource _steps = new();
    private readonly CancellationTokenSource _stopping = new();
    private ReplayEngine? _engine;
    private ITimer? _timer;
    private ClaimedMessage _message = null!; // set by Begin or Resume, one of which comes first
    private long _seenWakes;
    private int _writeFailures;
    private bool _mustLook;
    private volatile bool _isHeld;
    private volatile bool _hasNewEvents;
    private volatile bool _isLost;
    private volatile bool _isForeign;

    /// <summary>The message that this process holds, or held last.</summary>
    public ClaimedMessage Message => _message;

    /// <summary>Wake-ups whose events have been read.</summary>
    public long SeenWakes => Volatile.Read(ref _seenWakes);

    /// <summary>When a parked run goes on by itself.</summary>
    public DateTimeOffset? ParkedUntil { get; private set; }

    /// <summary>The turns being taken.</summary>
    public Task Work { get; private set; } = Task.CompletedTask;

    /// <summary>Begins with a run that was stored a moment ago: its log is known.</summary>
    public void Begin(StartedRun started)
    {
        _message = started.Message;
        _engine = NewEngine(started.Identity);
        _engine.Deliver(started.Created);
        _isHeld = true;
        Post(null);
    }

    /// <summary>Goes on with a message that was claimed.</summary>
    public void Resume(ClaimedMessage message)
    {
        _message = message;
        _mustLook = true;
        _isHeld = true;
        Volatile.Write(ref _seenWakes, message.Wakes);
        Post(null);
    }

    /// <summary>The log has grown, or may have.</summary>
    public void Look()
    {
        _hasNewEvents = true;
        Post(null);
    }

    /// <summary>Another worker has the run: nothing may be written any more.</summary>
    public void Lose()
    {
        _isLost = true;
        _steps.Cancel();
        Post(null);
    }

    /// <summary>Finishes what is executing and gives the message back. No new step begins.</summary>
    public void Stop()
    {
        _stopping.Cancel();
        Post(null);
    }

    /// <summary>Cuts short what is executing.</summary>
    public void CancelSteps() => _steps.Cancel();

    private bool IsStopping => _stopping.IsCancellationRequested;

    private void Post(EndedStep? ended)
    {
        if (_inbox.Post(ended))
        {
            Work = Task.Run(WorkAsync);
        }
    }

    private async Task WorkAsync()
    {
        while (_inbox.TryTake(out var ended))
        {
            foreach (var step in ended)
            {
                _running.Remove(step.StepId);
                _unrecorded.Add(step);
                _mustLook |= step.Outcome is StepOutcome.Recorded;
                _isLost |= step.Outcome is StepOutcome.Void;
            }

            if (_isHeld)
            {
                await GuardedTurnAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>A turn that the database refuses is tried again: what steps have done must not be lost to a full disk.</summary>
    private async Task GuardedTurnAsync()
    {
        try
        {
            while (_isHeld && await TurnAsync().ConfigureAwait(false))
            {
                // Another one at once.
            }

            _writeFailures = 0;
        }
        catch (StorageException exception) when (!IsStopping)
        {
            var delay = RetryPolicy.Default.DelayAfter(++_writeFailures, services.Random);
            services.Diagnostics.MessageFailed(_message.MessageId, delay, exception);
            Forget();
            await Task.Delay(delay, services.TimeProvider, _stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Post(null);
        }
        catch (Exception exception)
        {
            await FailDeliveryAsync(exception).ConfigureAwait(false);
        }
    }

    /// <returns>True when another turn has to follow at once.</returns>
    private async Task<bool> TurnAsync()
    {
        if (_isLost)
        {
            services.Diagnostics.LeaseLost(_message.MessageId);
            Leave(LiveRunEnd.Gone);
            return false;
        }

        var engine = await CatchUpAsync().ConfigureAwait(false);
        if (engine is null)
        {
            return false;
        }

        if (_isForeign)
        {
            throw NondeterminismException.Foreign(engine.Position);
        }

        var plan = new TurnPlan(engine, services.TimeProvider.GetUtcNow(), services.Random);
        if (IsStopping)
        {
            return await StopTurnAsync(plan).ConfigureAwait(false);
        }

        Plan(engine, plan);
        return ToTurn(engine, plan) is { } turn
            ? await WriteAsync(engine, plan, turn).ConfigureAwait(false)
            : Settle(engine);
    }

    /// <summary>Delivers what is in the log and not in memory.</summary>
    /// <returns>Null when the run is not to go on.</returns>
    private async Task<ReplayEngine?> CatchUpAsync()
    {
        if (_engine is null)
        {
            var run = await services.Reader.GetAsync(_message.RunKey, CancellationToken.None).ConfigureAwait(false);
            if (_message.Failures >= MaxFailures && run.BlockedReason is null)
            {
                await GiveUpAsync(run.Identity).ConfigureAwait(false);
                return null;
            }

            _engine = NewEngine(run.Identity);
            _mustLook = true;
        }

        if (_mustLook || _hasNewEvents)
        {
            _hasNewEvents = false;
            _mustLook = false;
            await LoadAsync(_engine).ConfigureAwait(false);
        }

        return _engine;
    }

    private async Task LoadAsync(ReplayEngine engine)
    {
        var tail = await services.Reader.LoadAsync(_message, engine.Position, CancellationToken.None).ConfigureAwait(false);
        Volatile.Write(ref _seenWakes, tail.Wakes);
        if (engine.Position == 0)
        {
            services.Diagnostics.RunReplayed(engine.Identity.RunId, tail.Events.Count);
        }

        foreach (var next in tail.Events)
        {
            engine.Deliver(next);
        }
    }

    private void Plan(ReplayEngine engine, TurnPlan plan)
    {
        plan.AddStart();
        foreach (var ended in _unrecorded)
        {
            plan.AddEnded(ended);
        }

        plan.AddDueWaits();
        foreach (var step in engine.OpenSteps.ToList())
        {
            // Recorded as running, but not by us: whoever was at it is gone.
            var isDue = step.RetryAfter is { } due ? due <= plan.Now : !_granted.Contains((step.StepId, step.Attempt));
            if (isDue && !_running.ContainsKey(step.StepId))
            {
                plan.AddAttempt(step);
            }
        }
    }

    /// <returns>Null when there is nothing to write and something in flight to wait for.</returns>
    private Turn? ToTurn(ReplayEngine engine, TurnPlan plan)
    {
        var events = plan.ToEvents();
        var isInFlight = engine.OpenSteps.Any(step => step.RetryAfter is null) || engine.Commands.Any(c => c is Command.RunStep);
        if (events.Count == 0 && isInFlight)
        {
            return null;
        }

        return new Turn
        {
            Message = _message,
            RunId = engine.Identity.RunId,
            ExpectedPosition = plan.ExpectedPosition,
            Events = events,
            Fate = isInFlight ? MessageFate.Keep : MessageFate.Park,
            DueAt = NextDue(engine),
            SeenWakes = _seenWakes,
            HooksAfter = engine.Commands.Any(c => c is Command.RegisterHook) ? plan.PositionBefore : null,
            ClearsFailures = _message.Failures > 0 && events.Count > 0,
        };
    }

    private async Task<bool> WriteAsync(ReplayEngine engine, TurnPlan plan, Turn turn)
    {
        var reply = await services.Turns.WriteAsync(turn, CancellationToken.None).ConfigureAwait(false);
        switch (reply.Outcome)
        {
            case TurnOutcome.Written:
                return OnWritten(engine, plan, turn, reply);
            case TurnOutcome.Moved:
                services.Diagnostics.TurnDropped(turn.RunId);
                return await RecordAsync(plan, turn.RunId, MessageFate.Keep).ConfigureAwait(false);
            case TurnOutcome.LeaseLost:
                _isLost = true;
                return true;
            default:
                Leave(LiveRunEnd.Gone);
                return false;
        }
    }

    /// <summary>
    /// Writes the results of a turn without its decisions, wherever the log ends. The code then hears of them in the order
    /// of the log, and what it decides may follow at any later position: a run that is sent hooks without end gets on.
    /// </summary>
    private async Task<bool> RecordAsync(TurnPlan plan, string runId, MessageFate fate)
    {
        var turn = new Turn { Message = _message, RunId = runId, Events = [.. plan.Results], Fate = fate };
        var reply = await services.Turns.WriteAsync(turn, CancellationToken.None).ConfigureAwait(false);
        if (reply.Outcome == TurnOutcome.Written)
        {
            Grant(reply.Events);
            _unrecorded.Clear();
            Forget();
            return true;
        }

        _isLost = true;
        return true;
    }

    private bool OnWritten(ReplayEngine engine, TurnPlan plan, Turn turn, TurnReply reply)
    {
        _unrecorded.Clear();
        Grant(reply.Events);
        if (turn.ClearsFailures)
        {
            _message = _message with { Failures = 0 };
        }

        // Results have been delivered. Decisions follow, unless somebody else's events came in between.
        foreach (var decision in reply.Events.Skip(plan.Results.Count))
        {
            if (decision.Position != engine.Position + 1)
            {
                _mustLook = true;
                break;
            }

            engine.Deliver(decision);
        }

        services.Diagnostics.TurnWritten(turn.RunId, engine.Position);
        if (engine.IsOver || reply.Events is [.., WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed])
        {
            TellEnd(engine.Identity, reply.Events[^1]);
            Leave(LiveRunEnd.Gone);
            return false;
        }

        if (turn.Fate == MessageFate.Park)
        {
            ParkedUntil = reply.ParkedUntil;
            services.Diagnostics.RunParked(turn.RunId, reply.ParkedUntil);
            Leave(LiveRunEnd.Parked);
            return false;
        }

        return Settle(engine);
    }

    /// <summary>Executes what may be executed, and sets the timer for what comes later.</summary>
    private bool Settle(ReplayEngine engine)
    {
        foreach (var step in engine.OpenSteps)
        {
            if (step.RetryAfter is null && !_running.ContainsKey(step.StepId)
                && _granted.Contains((step.StepId, step.Attempt)) && _unrecorded.All(ended => ended.StepId != step.StepId))
            {
                _running.Add(step.StepId, ExecuteAsync(engine.Identity, step));
            }
        }

        if (engine.Commands.Count > 0 || _mustLook)
        {
            return true;
        }

        SetTimer(NextDue(engine));
        return false;
    }

    private async Task ExecuteAsync(RunIdentity identity, StepRequest step)
    {
        await Task.Yield(); // the dictionary of what runs must have the step before it can end
        Post(await services.Steps.RunAsync(identity, _message, step, step.Attempt, _steps.Token).ConfigureAwait(false));
    }

    /// <summary>While this process stops: what steps have done is recorded, and nothing new is decided.</summary>
    private async Task<bool> StopTurnAsync(TurnPlan plan)
    {
        foreach (var ended in _unrecorded)
        {
            plan.AddEnded(ended);
        }

        var isLast = _running.Count == 0;
        if (plan.Results.Count > 0 || isLast)
        {
            await RecordAsync(plan, plan.RunId, isLast ? MessageFate.Release : MessageFate.Keep).ConfigureAwait(false);
        }

        if (isLast)
        {
            Leave(LiveRunEnd.Gone);
        }

        return false;
    }

    private async Task GiveUpAsync(RunIdentity identity)
    {
        var error = new StructuredError
        {
            Code = ErrorCodes.MaxDeliveriesExceeded,
            Message = $"The run was taken up {MaxFailures} times without getting any further.",
        };
        var now = Instants.RoundDown(services.TimeProvider.GetUtcNow());
        var failed = new WorkflowEvent.RunFailed(error) { Position = 0, CreatedAt = now };
        var turn = new Turn { Message = _message, RunId = identity.RunId, Events = [failed] };
        await services.Turns.WriteAsync(turn, CancellationToken.None).ConfigureAwait(false);
        TellEnd(identity, failed);
        Leave(LiveRunEnd.Gone);
    }

    private async Task FailDeliveryAsync(Exception exception)
    {
        try
        {
            var reason = exception is NondeterminismException ? exception.Message : null;
            var delay = await services.Turns.FailDeliveryAsync(_message, reason, CancellationToken.None).ConfigureAwait(false);
            services.Diagnostics.MessageFailed(_message.MessageId, delay, exception);
            if (reason is not null)
            {
                services.Diagnostics.RunBlocked(_message.MessageId, reason);
            }
        }
        catch (StorageException failure)
        {
            // The lease then stands still, and ends.
            services.Diagnostics.LoopFailed("run", new AggregateException(exception, failure));
        }

        Leave(LiveRunEnd.Gone);
    }

    private void Grant(IReadOnlyList<WorkflowEvent> events)
    {
        foreach (var written in events)
        {
            if (written is WorkflowEvent.StepCreated created)
            {
                _granted.Add((created.StepId, 1));
            }
            else if (written is WorkflowEvent.StepStarted started)
            {
                _granted.Add((started.StepId, started.Attempt));
            }
        }
    }

    private void TellEnd(RunIdentity identity, WorkflowEvent end)
    {
        if (end is WorkflowEvent.RunFailed failed)
        {
            services.Diagnostics.RunFailed(identity.RunId, identity.Workflow.Name, failed.Error);
        }
        else
        {
            services.Diagnostics.RunCompleted(identity.RunId, identity.Workflow.Name);
        }
    }

    private static DateTimeOffset? NextDue(ReplayEngine engine)
    {
        DateTimeOffset? earliest = null;
        var dues = engine.OpenWaits.Select(wait => wait.ResumeAt)
            .Concat(engine.Commands.OfType<Command.Wait>().Select(command => command.Request.ResumeAt))
            .Concat(engine.OpenSteps.Where(step => step.RetryAfter is not null).Select(step => step.RetryAfter!.Value)); // just asked
        foreach (var due in dues)
        {
            earliest = earliest is { } known && known <= due ? known : due;
        }

        return earliest;
    }

    private void SetTimer(DateTimeOffset? due)
    {
        _timer?.Dispose();
        _timer = null;
        if (due is { } instant)
        {
            var delay = Math.Clamp(Math.Ceiling((instant - services.TimeProvider.GetUtcNow()).TotalMilliseconds), 0, int.MaxValue);
            _timer = services.TimeProvider.CreateTimer(
                _ => Post(null), null, TimeSpan.FromMilliseconds(delay), Timeout.InfiniteTimeSpan);
        }
    }

    private void Leave(LiveRunEnd end)
    {
        SetTimer(null);
        _isHeld = false;
        if (end == LiveRunEnd.Gone)
        {
            _steps.Cancel();
        }

        leave(this, end);
    }

    private void Forget()
    {
        _engine = null;
        _mustLook = true;
    }

    private ReplayEngine NewEngine(RunIdentity identity)
    {
        var engine = new ReplayEngine(identity, definition, services.Payloads);
        engine.Foreign += () =>
        {
            _isForeign = true;
            Post(null);
        };
        return engine;
    }
}
