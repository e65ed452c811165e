using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>
/// A run in the hands of this process. It takes one turn at a time; results of its steps, timers and wake-ups wait in the
/// inbox for the next. What is in memory is a shortcut: dropped at any point, the log brings it back.
/// </summary>
#pragma warning disable CA1001 // Neither source has a timer or a wait handle, and a cancelled step may still hold its token.
internal sealed partial class LiveRun(WorkflowDefinition definition, RunServices services, Action<LiveRun, LiveRunEnd> leave)
#pragma warning restore CA1001
{
    private readonly RunInbox _inbox = new();
    private readonly RunTimer _timer = new(services.TimeProvider);
    private readonly RunDelivery _delivery = new(services);
    private readonly StepsInFlight _steps = new(services.Steps.Slots, services.Diagnostics);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Activated> _ended = [];
    private readonly HashSet<long> _heldPositions = [];
    private ReplayEngine? _engine;
    private volatile RunClaim _claim = null!; // set by Begin or Resume, one of which comes first
    private long _seenWakes;
    private int _writeFailures;
    private bool _isMarked; // the run says that it is blocked
    private bool _mustLook;
    private volatile bool _isHeld;
    private volatile bool _hasNewEvents;
    private volatile bool _isForeign;
    private volatile bool _isEvicted;

    /// <summary>The message that this process holds, or held last.</summary>
    public ClaimedMessage Message => _claim.Message;

    /// <summary>The run's id when it began here; null when it was taken up.</summary>
    public string? BegunAs { get; private set; }

    /// <summary>Wake-ups whose events have been read.</summary>
    public long SeenWakes => Volatile.Read(ref _seenWakes);

    /// <summary>When a parked run goes on by itself.</summary>
    public DateTimeOffset? ParkedUntil { get; private set; }

    /// <summary>Begins with a run that was stored a moment ago: its log is known.</summary>
    public void Begin(StartedRun started)
    {
        _claim = new RunClaim(started.Message);
        BegunAs = started.Identity.RunId;
        _engine = NewEngine(started.Identity);
        _engine.Deliver(started.Created);
        _isHeld = true;
        Post(null);
    }

    /// <summary>Goes on with a message that was claimed.</summary>
    public void Resume(ClaimedMessage message)
    {
        _claim = new RunClaim(message);
        _steps.IsOneByOne = message.Lane == Lane.Alone;
        services.Suspects.Enter(message);
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

    /// <summary>The clock has been set: something may be due, and the timer is to be set anew.</summary>
    public void LookAtClock() => Post(null);

    /// <summary>The claim with a token is lost: nothing may be written in its name. A later claim is another one.</summary>
    public void Lose(string leaseToken)
    {
        var claim = _claim;
        if (claim.Message.LeaseToken == leaseToken)
        {
            claim.Lose();
            Post(null);
        }
    }

    /// <summary>Finishes what is executing and gives the message back. No new step begins.</summary>
    public void Stop()
    {
        _stopping.Cancel();
        Post(null);
    }

    /// <summary>Lets go of what is in memory of a run that is parked, and that nobody will take up here again.</summary>
    public void Evict()
    {
        if (_engine?.Instance is not null)
        {
            _isEvicted = true;
            Post(null);
        }
    }

    /// <summary>Cuts short what is executing.</summary>
    public void CancelSteps() => _claim.Cancel(CancellationCause.Shutdown);

    private bool IsStopping => _stopping.IsCancellationRequested;

    private void Post(EndedStep? ended)
    {
        if (_inbox.Post(ended))
        {
            // Without the context of whoever woke the run: its culture and its async locals are gone when the run replays.
            ThreadPool.UnsafeQueueUserWorkItem(static run => _ = run.WorkAsync(), this, preferLocal: false);
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
            }

            if (_isHeld && !await GuardedTurnAsync().ConfigureAwait(false))
            {
                Unwind();
                return; // somebody else is the worker
            }

            if (_isUnwound && _hung is { Instance: { } left })
            {
                _isUnwound = false;
                _ended.Add(left);
            }

            if (_isEvicted)
            {
                DropEngine();
            }

            if (_ended.Count > 0 && _steps.IsIdle)
            {
                await EndInstancesAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>A turn that the database refuses is tried again: what steps have done must not be lost to a full disk.</summary>
    /// <returns>False when the code took too long: the run is not this thread's any more, and nothing of it may be touched.</returns>
    private async Task<bool> GuardedTurnAsync()
    {
        try
        {
            while (_isHeld && await TurnAsync().ConfigureAwait(false))
            {
                // Another one at once.
            }

            _writeFailures = 0;
        }
        catch (CodeGivenUpException)
        {
            return false;
        }
        catch (WorldException exception) when (!IsStopping && MayPass(exception))
        {
            var delay = RetryPolicy.Default.DelayAfter(++_writeFailures, services.Random);
            services.Diagnostics.MessageFailed(Message.MessageId, delay, exception);
            Forget();
            _steps.ReturnSlots();
            await Task.Delay(delay, services.TimeProvider, _stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Post(null);
        }
        catch (Exception exception)
        {
            await _delivery.FailAsync(Message, _engine?.Identity.RunId, exception).ConfigureAwait(false);
            Leave(LiveRunEnd.Gone);
        }

        return true;
    }

    private void Leave(LiveRunEnd end)
    {
        _timer.Clear();
        _awaitsSlotSince = null;
        _steps.Abandon();
        if (_isHeld)
        {
            services.Suspects.Leave(Message);
        }

        _isHeld = false;
        if (end == LiveRunEnd.Gone)
        {
            _claim.Cancel(_engine is { IsOver: true } ? CancellationCause.RunEnded : CancellationCause.LeaseLost);
        }

        leave(this, end);
        if (end == LiveRunEnd.Gone && !IsHung && _engine?.Instance is { } instance)
        {
            _ended.Add(instance);
        }

        // Somebody may have ended it while it was parking: who began to wait since then has been told nothing.
        var mayHaveEnded = end == LiveRunEnd.Gone ? _engine is not { IsOver: true } : _hasNewEvents;
        if (mayHaveEnded)
        {
            services.Hub.SignalChangedElsewhere(); // who waits for the run has to look for its end elsewhere
        }
    }

    private bool MayPass(WorldException exception) =>
        exception is StorageException or PayloadCodecException && IsWorthWaitingFor(exception);

    private bool IsWorthWaitingFor(WorldException exception) =>
        exception.IsTransient || exception.Code == ErrorCodes.OutcomeUnknown || _steps.Unrecorded.Count > 0;

    private void Forget()
    {
        if (IsHung)
        {
            return; // only it knows what is open
        }

        DropEngine();
        _mustLook = true;
        _steps.OnForgotten();
    }

    private void DropEngine()
    {
        if (!IsHung && _engine?.Instance is { } instance)
        {
            _ended.Add(instance);
        }

        _engine = null;
    }

    /// <summary>Not before: steps that the code has begun are code of its instance.</summary>
    private async Task EndInstancesAsync()
    {
        foreach (var instance in _ended)
        {
            try
            {
                await instance.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                services.Diagnostics.LoopFailed("run.instance", exception); // the run does not depend on it any more
            }
        }

        _ended.Clear();
    }

    private ReplayEngine NewEngine(RunIdentity identity)
    {
        var engine = new ReplayEngine(
            identity, definition, services.Payloads, services.Activation, services.LoggerFactory, _heldPositions)
        {
            DefaultStepMode = services.StepMode,
            DefaultRetry = services.DefaultRetry,
        };
        engine.Foreign += () =>
        {
            _isForeign = true;
            Post(null);
        };
        return engine;
    }
}
