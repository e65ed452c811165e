using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <content>One turn: catch up with the log, decide, write, execute.</content>
internal sealed partial class LiveRun
{
    /// <returns>True when another turn has to follow at once.</returns>
    private async Task<bool> TurnAsync()
    {
        if (_claim.IsLost)
        {
            Drop();
            return false;
        }

        if (_engine is { Gate.IsGivenUp: true } hung)
        {
            return await HungTurnAsync(hung).ConfigureAwait(false);
        }

        _plan = null;
        var engine = await CatchUpAsync().ConfigureAwait(false);
        if (engine is null)
        {
            return false;
        }

        var plan = new TurnPlan(engine, services.TimeProvider.GetUtcNow(), services.Random);
        _plan = plan;
        if (IsStopping)
        {
            return await StopTurnAsync(plan).ConfigureAwait(false);
        }

        if (engine.IsPaused)
        {
            return await PauseTurnAsync(plan).ConfigureAwait(false);
        }

        if (_isForeign || engine.Recorded.Unreadable is not null)
        {
            _steps.GiveBackWaiting();
            plan.AddEnded(_steps);
            return await BlockAsync(engine, plan).ConfigureAwait(false);
        }

        plan.AddEverything(_steps);
        if (engine.IsStuck || engine.Recorded.Unreadable is not null)
        {
            return await BlockAsync(engine, plan).ConfigureAwait(false);
        }

        if (plan.ToTurn(Message, _seenWakes, _isMarked) is { } turn)
        {
            return await WriteAsync(engine, plan, turn).ConfigureAwait(false);
        }

        _steps.OnRecorded(); // what ended and is not to be written is void
        return IsToBeShared(engine) ? await WindDownAsync(plan, MessageFate.Share).ConfigureAwait(false) : Settle(engine);
    }

    /// <summary>Delivers what is in the log and not in memory.</summary>
    /// <returns>Null when the run is not to go on.</returns>
    private async ValueTask<ReplayEngine?> CatchUpAsync()
    {
        if (_engine is null)
        {
            var found = await services.Reader.FindAsync(Message.RunKey, CancellationToken.None).ConfigureAwait(false);
            if (found is not { } run)
            {
                Drop(); // ended and deleted by somebody else
                return null;
            }

            if (RunDelivery.IsHopeless(Message) && run.BlockedReason is null)
            {
                await _delivery.GiveUpAsync(Message, run.Identity).ConfigureAwait(false);
                Leave(LiveRunEnd.Gone);
                return null;
            }

            _isMarked = run.BlockedReason is not null;
            _engine = NewEngine(run.Identity);
            services.Hanging.RequireNone(Message.RunKey);
            _mustLook = true;
        }

        if (_mustLook || _hasNewEvents)
        {
            _hasNewEvents = false;
            _mustLook = false;
            await LoadAsync(_engine).ConfigureAwait(false);
        }

        if (_engine is null)
        {
            return await CatchUpAsync().ConfigureAwait(false); // the code decides again, and hears of more before
        }

        if (_engine.End is { } end)
        {
            // The turn that ended the run was written, and its answer was lost; or the run was cancelled.
            Leave(LiveRunEnd.Gone);
            _delivery.TellEnd(_engine.Identity, end);
            return null;
        }

        if (_claim.IsLost)
        {
            Drop();
            return null;
        }

        return _engine;
    }

    /// <summary>Nothing more can be written in the name of the claim.</summary>
    private void Drop()
    {
        _claim.Lose();
        services.Diagnostics.LeaseLost(Message.MessageId);
        Leave(LiveRunEnd.Gone);
    }

    private async Task LoadAsync(ReplayEngine engine)
    {
        var tail = await services.Reader.LoadAsync(Message, engine.Position, CancellationToken.None).ConfigureAwait(false);
        if (tail.Wakes is { } wakes)
        {
            Volatile.Write(ref _seenWakes, wakes);
        }

        engine.DecidedAt = services.TimeProvider.GetUtcNow();
        var isReplay = engine.Position == 0;
        try
        {
            await DeliverAsync(engine, tail.First).ConfigureAwait(false);
        }
        catch (DecidedTooEarlyException early)
        {
            _heldPositions.UnionWith(early.Positions);
            Forget();
            return;
        }

        if (isReplay)
        {
            services.Diagnostics.RunReplayed(engine.Identity.RunId, (int)engine.Position);
        }

        if (tail.Wakes is null && !engine.IsOver)
        {
            _claim.Lose(); // the message went with the end of the run, and the log as well; or somebody else has it
        }
    }

    /// <summary>Delivers a log piece by piece: it is never in memory as a whole. The next but one is read meanwhile.</summary>
    private async Task DeliverAsync(ReplayEngine engine, LogPiece piece)
    {
        engine.Expect(piece.Events);
        var next = await LoadBehindAsync(piece).ConfigureAwait(false);
        while (piece.Events.Count > 0)
        {
            // Announced before what stands in front of it is delivered: the end of a piece is not to pass for that of the log.
            engine.Expect(next.Events);
            var announced = next;
            var loading = next.HasMore ? Task.Run(() => LoadBehindAsync(announced)) : LoadBehindAsync(next);
            try
            {
                foreach (var recorded in piece.Events)
                {
                    Deliver(engine, recorded);
                }
            }
            catch
            {
                await ((Task)loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what went wrong first decides
                throw;
            }

            (piece, next) = (next, await loading.ConfigureAwait(false));
        }
    }

    private Task<LogPiece> LoadBehindAsync(LogPiece piece) => piece.HasMore
        ? services.Reader.LoadOnAsync(Message, piece.Events[^1].Position, CancellationToken.None)
        : Task.FromResult(LogPiece.Nothing);

    private async Task<bool> WriteAsync(ReplayEngine engine, TurnPlan plan, Turn turn)
    {
        var reply = await TryWriteAsync(turn).ConfigureAwait(false);
        switch (reply.Outcome)
        {
            case TurnOutcome.Written:
                return OnWritten(engine, plan, turn, reply);
            case TurnOutcome.Moved:
                services.Diagnostics.TurnDropped(turn.RunId);
                await DropTurnAsync(plan).ConfigureAwait(false);
                return true;
            default:
                OnRefused(reply.Outcome);
                return true;
        }
    }

    /// <summary>What has happened is recorded; what was decided will be decided again, with what the log has by then.</summary>
    private async Task DropTurnAsync(TurnPlan plan)
    {
        if (plan.Results.Count > 0)
        {
            await RecordAsync(plan, plan.RunId, MessageFate.Keep).ConfigureAwait(false);
        }
        else
        {
            Forget();
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
    /// <returns>False when the run is not this process's any more, or over.</returns>
    private async Task<bool> RecordAsync(TurnPlan plan, string runId, MessageFate fate)
    {
        var turn = ToRecord(runId, plan.Results, fate) with { BlockedReason = plan.BlockedReason };
        var reply = await TryWriteAsync(turn).ConfigureAwait(false);
        if (reply.Outcome == TurnOutcome.Written)
        {
            Mark(turn);
            _plan = null;
            _steps.Grant(reply.Events);
            _steps.OnRecorded();
            Forget();
            return true;
        }

        OnRefused(reply.Outcome);
        return false;
    }

    /// <summary>Results without positions of their own.</summary>
    private Turn ToRecord(string runId, IReadOnlyList<WorkflowEvent> results, MessageFate fate) => new()
    {
        Message = Message,
        RunId = runId,
        Events = [.. results],
        Fate = fate,
        SeenWakes = _seenWakes,
    };

    private void OnRefused(TurnOutcome outcome)
    {
        if (outcome == TurnOutcome.RunInactive)
        {
            Forget(); // the log says how the run ended
        }
        else
        {
            _claim.Lose();
        }
    }

    private bool OnWritten(ReplayEngine engine, TurnPlan plan, Turn turn, TurnReply reply)
    {
        _plan = null;
        _steps.OnRecorded();
        _steps.Grant(reply.Events);
        Mark(turn);
        if (turn.ClearsFailures)
        {
            _claim.ClearFailures();
        }

        if (turn.ClearsInterruptions)
        {
            services.Suspects.Leave(Message);
            _claim.ClearInterruptions();
            _steps.IsOneByOne = false;
        }

        // Results have been delivered. Decisions follow, unless somebody else's events came in between.
        for (var i = plan.Results.Count; i < reply.Events.Count && !_mustLook; i++)
        {
            _mustLook = reply.Events[i].Position != engine.Position + 1;
            if (!_mustLook)
            {
                Deliver(engine, reply.Events[i]);
            }
        }

        services.Diagnostics.TurnWritten(turn.RunId, engine.Position);
        if (reply.Events is [.., WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed or WorkflowEvent.RunCancelled])
        {
            _claim.Cancel(CancellationCause.RunEnded);
            Leave(LiveRunEnd.Gone); // then tell: who finds the run gone looks into the database
            _delivery.TellEnd(engine.Identity, reply.Events[^1]);
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

    /// <summary>Delivers what is in the log.</summary>
    private void Deliver(ReplayEngine engine, WorkflowEvent written)
    {
        engine.Deliver(written);
        if (written is WorkflowEvent.StepCancelled cancelled)
        {
            _steps.Cancel(cancelled.StepId);
            services.Hub.SignalStepCancelled(Message.RunKey, cancelled.StepId); // queued ones execute elsewhere
        }
    }

    /// <summary>Executes what may be executed, and sets the timer for what comes later.</summary>
    private bool Settle(ReplayEngine engine)
    {
        if (_mustLook)
        {
            return true; // the code does not know yet of all that was recorded
        }

        _steps.Start(engine, (step, cancellation) => _ = ExecuteAsync(engine.Identity, step, cancellation));
        if (engine.Commands.Count > 0 || engine.IsStuck)
        {
            return true;
        }

        _timer.Set(Instants.Earlier(engine.NextDue, AwaitSlot(engine)), () => Post(null));
        return false;
    }

    private async Task ExecuteAsync(RunIdentity identity, StepRequest step, StepCancellation cancellation)
    {
        var (claim, attempt) = (_claim, step.Attempt);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // side by side with whatever else the run does
        claim.Begin(cancellation);
        var ended = await services.Steps.RunInSlotAsync(claim, new AttemptIdentity(identity.RunId, step, attempt), cancellation)
            .ConfigureAwait(false);
        claim.End(cancellation);
        if (ended.Outcome is StepOutcome.Void)
        {
            claim.Lose(); // and no other: the run may have parked, and been claimed anew, while a cancelled step still executed
        }

        if (_inbox.Post(ended))
        {
            await WorkAsync().ConfigureAwait(false); // right here: this thread has nothing else to do
        }
    }
}
