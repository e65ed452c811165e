using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>
/// A run in the hands of this process. It takes one turn at a time; results of its steps, timers and wake-ups wait in the
/// inbox for the next. What is in memory is a shortcut: dropped at any point, the log brings it back.
/// </summary>
#pragma warning disable CA1001 // Neither source has a timer or a wait handle, and a cancelled step may still hold its token.
internal sealed class LiveRun(WorkflowDefinition definition, RunServices services, Action<LiveRun, LiveRunEnd> leave)
#pragma warning restore CA1001
{
    private readonly RunInbox _inbox = new();
    private readonly RunTimer _timer = new(services.TimeProvider);
    private readonly RunDelivery _delivery = new(services);
    private readonly StepsInFlight _steps = new();
    private readonly CancellationTokenSource _cancelSteps = new();
    private readonly CancellationTokenSource _stopping = new();
    private ReplayEngine? _engine;
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
        _cancelSteps.Cancel();
        Post(null);
    }

    /// <summary>Finishes what is executing and gives the message back. No new step begins.</summary>
    public void Stop()
    {
        _stopping.Cancel();
        Post(null);
    }

    /// <summary>Cuts short what is executing.</summary>
    public void CancelSteps() => _cancelSteps.Cancel();

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
                _steps.Take(step);
                _mustLook |= step.Outcome is StepOutcome.Recorded or StepOutcome.Unknown;
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
            await _delivery.FailAsync(_message, _engine?.Identity.RunId, exception).ConfigureAwait(false);
            Leave(LiveRunEnd.Gone);
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

        plan.AddEverything(_steps);
        if (engine.IsStuck)
        {
            throw NondeterminismException.Foreign(engine.Position);
        }

        return plan.ToTurn(_message, _seenWakes) is { } turn
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
            if (_message.Failures >= RunDelivery.MaxFailures && run.BlockedReason is null)
            {
                await _delivery.GiveUpAsync(_message, run.Identity).ConfigureAwait(false);
                Leave(LiveRunEnd.Gone);
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

        if (_engine.End is { } end)
        {
            // The turn that ended the run was written, and its answer was lost.
            _delivery.TellEnd(_engine.Identity, end);
            Leave(LiveRunEnd.Gone);
            return null;
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

    private async Task<bool> WriteAsync(ReplayEngine engine, TurnPlan plan, Turn turn)
    {
        var reply = await TryWriteAsync(turn).ConfigureAwait(false);
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

    private async Task<TurnReply> TryWriteAsync(Turn turn)
    {
        try
        {
            return await services.Turns.WriteAsync(turn, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.Code == ErrorCodes.OutcomeUnknown)
        {
            // If the log turns out to have them, they are this process's to execute.
            _steps.Grant(turn.Events);
            throw;
        }
    }

    /// <summary>
    /// Writes the results of a turn without its decisions, wherever the log ends. The code then hears of them in the order
    /// of the log, and what it decides may follow at any later position: a run that is sent hooks without end gets on.
    /// </summary>
    private async Task<bool> RecordAsync(TurnPlan plan, string runId, MessageFate fate)
    {
        var turn = new Turn { Message = _message, RunId = runId, Events = [.. plan.Results], Fate = fate };
        var reply = await TryWriteAsync(turn).ConfigureAwait(false);
        if (reply.Outcome == TurnOutcome.Written)
        {
            _steps.Grant(reply.Events);
            _steps.OnRecorded();
            Forget();
            return true;
        }

        _isLost = true;
        return true;
    }

    private bool OnWritten(ReplayEngine engine, TurnPlan plan, Turn turn, TurnReply reply)
    {
        _steps.OnRecorded();
        _steps.Grant(reply.Events);
        if (turn.ClearsFailures)
        {
            _message = _message with { Failures = 0 };
        }

        // Results have been delivered. Decisions follow, unless somebody else's events came in between.
        for (var i = plan.Results.Count; i < reply.Events.Count && !_mustLook; i++)
        {
            _mustLook = reply.Events[i].Position != engine.Position + 1;
            if (!_mustLook)
            {
                engine.Deliver(reply.Events[i]);
            }
        }

        services.Diagnostics.TurnWritten(turn.RunId, engine.Position);
        if (reply.Events is [.., WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed])
        {
            _delivery.TellEnd(engine.Identity, reply.Events[^1]);
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
        _steps.Start(engine, step => _ = ExecuteAsync(engine.Identity, step));
        if (engine.Commands.Count > 0 || _mustLook)
        {
            return true;
        }

        _timer.Set(engine.NextDue, () => Post(null));
        return false;
    }

    private async Task ExecuteAsync(RunIdentity identity, StepRequest step)
    {
        var (message, attempt) = (_message, step.Attempt);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // side by side with whatever else the run does
        var ended = await services.Steps.RunAsync(identity, message, step, attempt, _cancelSteps.Token).ConfigureAwait(false);
        if (_inbox.Post(ended))
        {
            Work = WorkAsync(); // right here: this thread has nothing else to do
        }
    }

    /// <summary>While this process stops: what steps have done is recorded, and nothing new is decided.</summary>
    private async Task<bool> StopTurnAsync(TurnPlan plan)
    {
        plan.AddEnded(_steps);
        var isLast = _steps.IsIdle;
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

    private void Leave(LiveRunEnd end)
    {
        _timer.Clear();
        _isHeld = false;
        if (end == LiveRunEnd.Gone)
        {
            _cancelSteps.Cancel();
        }

        leave(this, end);
    }

    private void Forget()
    {
        _engine = null;
        _mustLook = true;
        _steps.OnForgotten();
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
