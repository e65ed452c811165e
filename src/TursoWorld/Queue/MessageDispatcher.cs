using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>
/// Delivers plain messages that this process has claimed, in the slots that they share with steps. While handlers are quick,
/// a few more are claimed than there are slots: they wait here, for a moment at most. While no slot is free, one waits in line
/// for the next.
/// </summary>
internal sealed class MessageDispatcher : ILeaseHolder, IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly HandlerTable _handlers;
    private readonly DeliveryRecorder _recorder;
    private readonly Slots _slots;
    private readonly Suspects _suspects;
    private readonly TimeProvider _timeProvider;
    private readonly WorldDiagnostics _diagnostics;
    private readonly ITimer _patience;
    private readonly CancellationTokenSource _stopping = new();

    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly Dictionary<ClaimedMessage, Delivery> _deliveries = new(ReferenceEqualityComparer.Instance);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClaimedAhead _ahead;
    private readonly ReservedSlots _reserved;
    private Task _inLine = Task.CompletedTask;
    private bool _isInLine;
    private bool _isWanted;
    private bool _isStarted;
    private bool _isStopping;

    public MessageDispatcher(
        HandlerTable handlers, DeliveryRecorder recorder, PollerRoom room, ClaimedAhead ahead, TimeProvider timeProvider,
        WorldDiagnostics diagnostics)
    {
        (_handlers, _recorder, _slots, _suspects) = (handlers, recorder, room.Slots, room.Suspects);
        (_timeProvider, _diagnostics) = (timeProvider, diagnostics);
        _ahead = ahead;
        _reserved = new ReservedSlots(room.Slots);
        _patience = timeProvider.CreateTimer(_ => GiveBackWaiting(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        recorder.Recorded += Forget;
    }

    /// <summary>There is room again for somebody who was told that there is none.</summary>
    public event Action? Freed;

    public IReadOnlyList<HeldMessage> Held
    {
        get
        {
            lock (_lock)
            {
                return _deliveries.Keys.Select(claim => new HeldMessage(claim, claim.Wakes)).ToList();
            }
        }
    }

    private bool IsStopping => Volatile.Read(ref _isStopping);

    public void Start()
    {
        lock (_lock)
        {
            _isStarted = true;
        }
    }

    /// <summary>Takes as many slots as are free, and as much room ahead of the slots as there is.</summary>
    public ClaimRoom Reserve(int most)
    {
        lock (_lock)
        {
            if (!_isStarted || _isStopping)
            {
                return default;
            }

            var slots = _reserved.Take(most);
            var ahead = slots > 0 || _ahead.HasRoom(_reserved.Ahead) ? Math.Min(most - slots, _ahead.Room(_reserved.Ahead)) : 0;
            _reserved.Promise(slots + ahead);
            _isWanted = slots + ahead == 0;
            if (_isWanted)
            {
                StandInLine();
            }

            return _suspects.RoomFor(slots) with { Ahead = ahead };
        }
    }

    /// <summary>
    /// Takes a slot for a message that nobody has stored yet, or else room ahead of the slots, unless stored ones wait for it.
    /// </summary>
    /// <param name="isAhead">Whether it has no slot yet.</param>
    public bool TryReserve(out bool isAhead)
    {
        isAhead = false;
        lock (_lock)
        {
            if (!_isStarted || _isStopping || _isWanted)
            {
                return false;
            }

            isAhead = _isInLine || _ahead.Count > 0 || _reserved.Take(1) == 0;
            if (isAhead && _ahead.Room(_reserved.Ahead) == 0)
            {
                return false;
            }

            _reserved.Promise(1);
            return true;
        }
    }

    public void Unreserve(int count)
    {
        lock (_lock)
        {
            _reserved.Settle(count);
            _reserved.ReturnUnused();
            TellIfGone();
        }
    }

    /// <summary>Gives back the slot that was waited for and is not needed.</summary>
    public void ReturnGranted()
    {
        lock (_lock)
        {
            _reserved.ReturnUnused();
        }
    }

    /// <summary>Begins to deliver a message, in room reserved before.</summary>
    public void Take(PlainMessage message)
    {
        _diagnostics.MessageClaimed(message.Claim.MessageId, message.Message.QueueName, message.Claim.Attempt);
        var delivery = new Delivery(message, _timeProvider.GetTimestamp());
        _suspects.Enter(delivery.Claim);
        lock (_lock)
        {
            _reserved.Settle(1);
            _deliveries.Add(delivery.Claim, delivery);
            if (_isStopping)
            {
                _recorder.Add(delivery);
                _reserved.ReturnUnused();
            }
            else if (delivery.Claim.IsAhead)
            {
                Wait(delivery);
            }
            else if (_reserved.TryUse())
            {
                delivery.Start(WorkAsync); // StopAsync waits for what is in _deliveries
            }
            else
            {
                _ahead.Stop();
                _recorder.Add(delivery);
            }
        }
    }

    public void Lose(ClaimedMessage message)
    {
        lock (_lock)
        {
            if (_deliveries.TryGetValue(message, out var delivery))
            {
                delivery.Lose();
            }
        }
    }

    /// <summary>
    /// Gives back what nobody has begun on, lets handlers finish until nobody has the patience any more, then cuts them short and gives
    /// their messages back, too.
    /// </summary>
    public async Task StopAsync(Task patience)
    {
        lock (_lock)
        {
            _isStopping = true;
            GiveBackAllWaiting();
            TellIfGone();
        }

        if (!await IsGoneAsync(patience).ConfigureAwait(false))
        {
            CancelAll();
            await IsGoneAsync(Task.Delay(Grace, _timeProvider, CancellationToken.None)).ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _inLine.ConfigureAwait(false);
        await _recorder.StopAsync(Task.Delay(Grace, _timeProvider, CancellationToken.None)).ConfigureAwait(false);
        ReturnGranted();
    }

    public void Dispose()
    {
        _patience.Dispose();
        _stopping.Dispose();
    }

    private void CancelAll()
    {
        lock (_lock)
        {
            foreach (var delivery in _deliveries.Values)
            {
                delivery.Cancel();
            }
        }
    }

    private async Task<bool> IsGoneAsync(Task patience)
    {
        await Task.WhenAny(_gone.Task, patience).ConfigureAwait(false);
        return _gone.Task.IsCompleted;
    }

    /// <summary>Handles one message after the other in one slot.</summary>
    private async Task WorkAsync(Delivery first)
    {
        for (Delivery? delivery = first; delivery is not null; delivery = Next())
        {
            var beganAt = _timeProvider.GetTimestamp();
            delivery.Outcome = IsStopping || delivery.IsLost
                ? new DeliveryOutcome.GivenBack()
                : await _handlers.DeliverAsync(delivery).ConfigureAwait(false);
            Note(delivery, _timeProvider.GetElapsedTime(beganAt));
            _recorder.Add(delivery);
            await delivery.Left.ConfigureAwait(false); // holds the slot; it never fails
        }
    }

    private void Note(Delivery delivery, TimeSpan elapsed)
    {
        lock (_lock)
        {
            if (delivery.Outcome is DeliveryOutcome.Done)
            {
                _ahead.Done(elapsed, delivery.Message.Payload.Length);
            }
            else
            {
                _ahead.Stop();
            }
        }
    }

    /// <summary>Gives the slot to whoever has waited longest, which may be one of our own messages.</summary>
    private Delivery? Next()
    {
        Delivery? next;
        bool isFreed;
        lock (_lock)
        {
            var isWantedElsewhere = _slots.Waiting > (_isInLine ? 1 : 0);
            next = isWantedElsewhere ? null : _ahead.Take();
            if (next is null)
            {
                _slots.Release();
                if (_ahead.Count > 0)
                {
                    StandInLine();
                }
            }

            // Whoever stands in line for the poller wakes it.
            isFreed = _isWanted && (_ahead.HasRoom(_reserved.Ahead) || (next is null && !_isInLine));
            _isWanted &= !isFreed;
        }

        if (isFreed)
        {
            Freed?.Invoke();
        }

        return next;
    }

    private void Wait(Delivery delivery)
    {
        _ahead.Add(delivery);
        StandInLine();
        if (_ahead.Count == 1)
        {
            _patience.Change(_ahead.PatienceLeft()!.Value, Timeout.InfiniteTimeSpan); // one waits
        }
    }

    private void StandInLine()
    {
        if (!_isInLine)
        {
            _isInLine = true;
            _inLine = WaitInLineAsync();
        }
    }

    private async Task WaitInLineAsync()
    {
        try
        {
            await _slots.WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        lock (_lock)
        {
            _isInLine = false;
            if (_ahead.Take() is { } delivery)
            {
                delivery.Start(WorkAsync);
                if (_ahead.Count > 0 || _isWanted)
                {
                    StandInLine();
                }

                return;
            }

            _reserved.Grant();
            _isWanted = false;
        }

        Freed?.Invoke();
    }

    /// <summary>What has waited for too long may be taken by somebody who has a slot.</summary>
    private void GiveBackWaiting()
    {
        lock (_lock)
        {
            if (_ahead.PatienceLeft() is not { } left)
            {
                return;
            }

            if (left > TimeSpan.Zero)
            {
                _patience.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            GiveBackAllWaiting();
        }
    }

    private void GiveBackAllWaiting()
    {
        _ahead.Stop();
        while (_ahead.Take() is { } delivery)
        {
            _recorder.Add(delivery);
        }
    }

    private void Forget(IReadOnlyList<Delivery> recorded)
    {
        lock (_lock)
        {
            foreach (var delivery in recorded)
            {
                _deliveries.Remove(delivery.Claim);
                delivery.Dispose();
            }

            TellIfGone();
        }

        foreach (var delivery in recorded)
        {
            _suspects.Leave(delivery.Claim);
        }
    }

    private void TellIfGone()
    {
        if (_isStopping && _deliveries.Count + _reserved.Promised == 0)
        {
            _gone.TrySetResult();
        }
    }
}
