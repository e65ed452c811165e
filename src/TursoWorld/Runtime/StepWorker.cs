using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>
/// Executes queued steps, of whatever runs: each in the name of a claim of its own message, and otherwise as steps are executed by
/// the process that has their run.
/// </summary>
#pragma warning disable CA1001 // The source has no timer and no wait handle.
internal sealed class StepWorker : IStepHandler
#pragma warning restore CA1001
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly RunServices _services;
    private readonly IQueuedSteps _steps;
    private readonly CancellationTokenSource _stopping = new();

    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StepDefinition> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<(long RunKey, string StepId), Beginning> _beginning = [];
    private readonly Dictionary<(long RunKey, string StepId), QueuedAttempt> _attempts = [];
    private IReadOnlyList<StepKey> _known = [];
    private bool _isStopping;
    private TaskCompletionSource? _gone;

    public StepWorker(RunServices services, IQueuedSteps steps) => (_services, _steps) = (services, steps);

    public IReadOnlyList<StepKey> Steps
    {
        get
        {
            lock (_lock)
            {
                return _known;
            }
        }
    }

    public IReadOnlyList<HeldMessage> Held
    {
        get
        {
            lock (_lock)
            {
                return [.. _attempts.Values.Select(attempt => new HeldMessage(attempt.Claim.Message, SeenWakes: 0))];
            }
        }
    }

    /// <exception cref="ConflictException">A step of that name is registered already.</exception>
    /// <exception cref="InvalidRegistrationException">No instance of a class can be made.</exception>
    /// <exception cref="SerializationException">Values of a type do not survive being stored.</exception>
    public void Register(IReadOnlyList<StepDefinition> definitions)
    {
        foreach (var implementation in definitions.Select(definition => definition.Implementation).OfType<Type>())
        {
            _services.Activation.Check(implementation);
        }

        foreach (var definition in definitions)
        {
            definition.CheckTypes(_services.Payloads);
        }

        lock (_lock)
        {
            // All or none: a bad list changes nothing.
            var names = new HashSet<string>(_definitions.Keys, StringComparer.Ordinal);
            if (definitions.FirstOrDefault(definition => !names.Add(definition.Name)) is { } twice)
            {
                throw ConflictException.Step(twice.Name);
            }

            foreach (var definition in definitions)
            {
                _definitions.Add(definition.Name, definition);
            }

            _known = [.. _definitions.Values.Select(definition => definition.Key)];
        }

        _services.Hub.SignalStepsChanged();
    }

    /// <summary>Takes back a registration that was part of a bad list.</summary>
    public void Remove(IReadOnlyList<StepDefinition> definitions)
    {
        lock (_lock)
        {
            foreach (var definition in definitions)
            {
                _definitions.Remove(definition.Name);
            }

            _known = [.. _definitions.Values.Select(definition => definition.Key)];
        }
    }

    /// <summary>Hears from now on what becomes of runs and steps.</summary>
    public void Start()
    {
        _services.Hub.RunEnded += CancelRun;
        _services.Hub.StepCancelled += CancelStep;
    }

    public async Task<bool> TryBeginAsync(DueStep step, CancellationToken cancellationToken)
    {
        var cancellation = new StepCancellation(_services.Diagnostics);
        if (TryEnter(step, cancellation) is not { } definition)
        {
            return false;
        }

        PreparedStep? prepared = null;
        try
        {
            prepared = Prepare(step, definition);
            var request = ToRequest(step, definition, prepared);
            var now = Instants.RoundDown(_services.TimeProvider.GetUtcNow());
            var first = step.IsInterrupted // wherever the log ends
                ? AttemptEvents.Interrupt(request, position: 0, now, now, _services.Random)
                : AttemptEvents.Begin(request, position: 0, now);
            var message = await _steps.BeginAsync(step, first, cancellationToken).ConfigureAwait(false);
            if (message is null)
            {
                return false;
            }

            request.Attempt++;
            _services.Diagnostics.MessageClaimed(message.MessageId, definition.Key.QueueName, message.Attempt);
            Begin(new QueuedAttempt(new RunClaim(message), new AttemptIdentity(step.RunId, request, request.Attempt), cancellation, prepared));
            prepared = null;
            return true;
        }
        catch (Exception exception) when (exception is not (StorageException or OperationCanceledException or ObjectDisposedException))
        {
            // A key that is missing here, options of a later version: another process may be able to begin it.
            await PostponeAsync(step, definition, exception, cancellationToken).ConfigureAwait(false);
            return false;
        }
        finally
        {
            await PreparedStep.EndAsync(prepared, _services.Diagnostics).ConfigureAwait(false);
            Leave(step);
        }
    }

    public void Lose(ClaimedMessage message) => Withdraw(new WithdrawnStep(message, CancellationCause.LeaseLost));

    public void Withdraw(WithdrawnStep withdrawn)
    {
        var (message, cause) = withdrawn;
        if (message.StepId is { } stepId && Find(message.RunKey, stepId) is { } attempt
            && attempt.Claim.Message.LeaseToken == message.LeaseToken)
        {
            attempt.Cancel(cause);
        }
    }

    /// <summary>Lets what executes finish until nobody has the patience any more, then cuts it short and gives it back.</summary>
    public async Task StopAsync(Task patience)
    {
        lock (_lock)
        {
            _isStopping = true;
        }

        if (!await AreGoneAsync(patience).ConfigureAwait(false))
        {
            List<QueuedAttempt> attempts;
            lock (_lock)
            {
                attempts = [.. _attempts.Values];
            }

            attempts.ForEach(attempt => attempt.Cancel(CancellationCause.Shutdown));
            await _stopping.CancelAsync().ConfigureAwait(false);
            await AreGoneAsync(Task.Delay(Grace, _services.TimeProvider, CancellationToken.None)).ConfigureAwait(false);
        }

        _services.Hub.RunEnded -= CancelRun;
        _services.Hub.StepCancelled -= CancelStep;
    }

    /// <summary>From here on the step hears of its end, although nobody knows yet whether it begins here.</summary>
    private StepDefinition? TryEnter(DueStep step, StepCancellation cancellation)
    {
        lock (_lock)
        {
            if (_isStopping || !_definitions.TryGetValue(StepKey.Of(step.StepName).Name, out var definition))
            {
                return null;
            }

            _beginning.Add((step.RunKey, step.StepId), new Beginning(step.RunId, cancellation));
            return definition;
        }
    }

    private PreparedStep Prepare(DueStep step, StepDefinition definition) => step.Unreadable is { } unreadable
        ? throw unreadable
        : definition.Prepare(step.Input, _services.Payloads, _services.Activation);

    private async Task PostponeAsync(DueStep step, StepDefinition definition, Exception exception, CancellationToken cancellationToken)
    {
        var delay = RetryPolicy.Patient.DelayAfter(step.Failures + 1, _services.Random);
        var reason = $"Queued step '{definition.Name}' ({step.StepId}) cannot begin in a process that has registered it. {exception.Message}";
        await _steps.PostponeAsync(step, delay, reason, cancellationToken).ConfigureAwait(false);
        _services.Diagnostics.MessageFailed(step.MessageId, delay, exception);
        _services.Diagnostics.RunBlocked(step.RunId, reason);
    }

    private StepRequest ToRequest(DueStep step, StepDefinition definition, PreparedStep prepared)
    {
        var options = step.Options is { } stored ? StoredStepOptions.Read(stored) : definition.Options;
        return new StepRequest(step.StepId, step.StepName, new StepBody.Plain(prepared.RunAsync), options, _services.DefaultRetry)
        {
            IsQueued = true,
            Attempt = step.Attempt,
            Interruptions = step.Interruptions,
            HasBegunBefore = step.HasBegunBefore,
        };
    }

    private void Begin(QueuedAttempt attempt)
    {
        var key = (attempt.Claim.Message.RunKey, attempt.Identity.Step.StepId);
        _services.Suspects.Enter(attempt.Claim.Message);
        lock (_lock)
        {
            _attempts.GetValueOrDefault(key)?.Cancel(CancellationCause.LeaseLost); // or it has ended, and is about to be left
            _attempts[key] = attempt;
        }

        _ = Task.Run(() => ExecuteAsync(attempt), CancellationToken.None); // StopAsync waits for what is in _attempts
    }

    private async Task ExecuteAsync(QueuedAttempt attempt)
    {
        try
        {
            var ended = await _services.Steps.RunInSlotAsync(attempt.Claim, attempt.Identity, attempt.Cancellation)
                .ConfigureAwait(false);
            await RecordAsync(attempt, ended.Outcome).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Nobody renews the lease any more: it stands still, and the step is attempted again.
            _services.Diagnostics.LoopFailed("step.record", exception);
        }
        finally
        {
            attempt.Claim.End(attempt.Cancellation);
            await PreparedStep.EndAsync(attempt.Prepared, _services.Diagnostics).ConfigureAwait(false); // one that was cut short before its code began
            Forget(attempt);
        }
    }

    /// <summary>What a step has done must not be lost to a full disk: it is written when that is possible again.</summary>
    private async Task RecordAsync(QueuedAttempt attempt, StepOutcome outcome)
    {
        var message = attempt.Claim.Message;
        var now = Instants.RoundDown(_services.TimeProvider.GetUtcNow());
        var isVoid = outcome is StepOutcome.GivenBack && attempt.Cancellation.Cause != CancellationCause.Shutdown;
        var end = isVoid ? null : AttemptEvents.End(attempt.Identity.Step, outcome, position: 0, now, now, _services.Random);
        for (var failures = 1; end is not null && !attempt.Claim.IsLost; failures++)
        {
            try
            {
                Report(message, end, await _steps.EndAsync(message, end, CancellationToken.None).ConfigureAwait(false));
                return;
            }
            catch (WorldException exception) when (exception is StorageException or PayloadCodecException && !_stopping.IsCancellationRequested)
            {
                var delay = RetryPolicy.Default.DelayAfter(failures, _services.Random);
                _services.Diagnostics.MessageFailed(message.MessageId, delay, exception);
                await Task.Delay(delay, _services.TimeProvider, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (attempt.Claim.IsLost)
        {
            _services.Diagnostics.LeaseLost(message.MessageId);
        }
    }

    private void Report(ClaimedMessage message, WorkflowEvent end, TurnOutcome outcome)
    {
        switch (end)
        {
            case var _ when outcome == TurnOutcome.LeaseLost:
                _services.Diagnostics.LeaseLost(message.MessageId);
                break;
            case var _ when outcome != TurnOutcome.Written:
                break; // its run or the step is over, and the log says so
            case WorkflowEvent.StepRetrying retrying:
                _services.Diagnostics.MessagePostponed(message.MessageId, (retrying.RetryAfter ?? end.CreatedAt) - end.CreatedAt);
                break;
            default:
                _services.Diagnostics.MessageCompleted(message.MessageId);
                break;
        }
    }

    private QueuedAttempt? Find(long runKey, string stepId)
    {
        lock (_lock)
        {
            return _attempts.GetValueOrDefault((runKey, stepId));
        }
    }

    private void CancelStep(long runKey, string stepId)
    {
        lock (_lock)
        {
            _beginning.GetValueOrDefault((runKey, stepId))?.Cancellation.Cancel(CancellationCause.StepCancelled);
            _attempts.GetValueOrDefault((runKey, stepId))?.Cancel(CancellationCause.StepCancelled);
        }
    }

    private void CancelRun(string runId, RunOutcome outcome)
    {
        lock (_lock)
        {
            foreach (var beginning in _beginning.Values.Where(beginning => beginning.RunId == runId))
            {
                beginning.Cancellation.Cancel(CancellationCause.RunEnded);
            }

            foreach (var attempt in _attempts.Values.Where(attempt => attempt.Identity.RunId == runId))
            {
                attempt.Cancel(CancellationCause.RunEnded);
            }
        }
    }

    private void Forget(QueuedAttempt attempt)
    {
        _services.Suspects.Leave(attempt.Claim.Message);
        lock (_lock)
        {
            var key = (attempt.Claim.Message.RunKey, attempt.Identity.Step.StepId);
            if (_attempts.GetValueOrDefault(key) == attempt)
            {
                _attempts.Remove(key); // a later attempt may have begun here before an earlier one has been left
            }

            TellIfGone();
        }
    }

    private void Leave(DueStep step)
    {
        lock (_lock)
        {
            _beginning.Remove((step.RunKey, step.StepId));
            TellIfGone();
        }
    }

    private void TellIfGone()
    {
        if (_attempts.Count + _beginning.Count == 0)
        {
            _gone?.TrySetResult();
        }
    }

    private async Task<bool> AreGoneAsync(Task patience)
    {
        Task gone;
        lock (_lock)
        {
            if (_attempts.Count + _beginning.Count == 0)
            {
                return true;
            }

            _gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gone = _gone.Task;
        }

        await Task.WhenAny(gone, patience).ConfigureAwait(false);
        return gone.IsCompleted;
    }

    /// <summary>A step that may be about to begin here.</summary>
    private sealed record Beginning(string RunId, StepCancellation Cancellation);
}
