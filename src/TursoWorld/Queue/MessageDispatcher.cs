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
    private readonly TimeProvider _timeProvider;
    private readonly WorldDiagnostics _diagnostics;
    private readonly ITimer _patience;
    private readonly CancellationTokenSource _stopping = new();

    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly Dictionary<ClaimedMessage, Delivery> _deliveries = new(ReferenceEqualityComparer.Instance);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClaimedAhead _ahead;
    private Task _inLine = Task.CompletedTask;
    private bool _isInLine;
    private bool _isWanted;
    private int _idle;
    private int _reserved;
    private bool _isStarted;
    private bool _isStopping;

    public MessageDispatcher(
        HandlerTable handlers, DeliveryRecorder recorder, Slots slots, int concurrency, TimeProvider timeProvider,
        WorldDiagnostics diagnostics)
    {
        (_handlers, _recorder, _slots) = (handlers, recorder, slots);
        (_timeProvider, _diagnostics) = (timeProvider, diagnostics);
        _ahead = new ClaimedAhead(concurrency, timeProvider);
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

    private bool IsStopping
    {
        get
        {
            lock (_lock)
            {
                return _isStopping;
            }
        }
    }

    /// <summary>Messages that were promised room ahead of the slots and are on their way.</summary>
    private int ComingAhead => Math.Max(0, _reserved - _idle);

    public void Start()
    {
        lock (_lock)
        {
            _isStarted = true;
        }
    }

    /// <summary>Takes as many slots as are free, and as much room ahead of the slots as there is.</summary>
    public int Reserve(int most)
    {
        lock (_lock)
        {
            if (!_isStarted || _isStopping)
            {
                return 0;
            }

            var room = TakeSlots(most);
            if (room > 0 || _ahead.HasRoom(ComingAhead))
            {
                room = Math.Min(most, room + _ahead.Room(ComingAhead));
            }

            _reserved += room;
            _isWanted = room == 0;
            if (_isWanted)
            {
                StandInLine();
            }

            return room;
        }
    }

    /// <summary>Takes a slot for a message that nobody has stored yet, unless others wait for one.</summary>
    public bool TryReserveSlot()
    {
        lock (_lock)
        {
            if (!_isStarted || _isStopping || _isInLine || _ahead.Count > 0 || TakeSlots(1) == 0)
            {
                return false;
            }

            _reserved++;
            return true;
        }
    }

    public void Unreserve(int count)
    {
        lock (_lock)
        {
            _reserved -= count;
            ReturnUnused();
            TellIfGone();
        }
    }

    /// <summary>Gives back the slot that was waited for and is not needed.</summary>
    public void ReturnGranted()
    {
        lock (_lock)
        {
            ReturnUnused();
        }
    }

    /// <summary>Begins to deliver a message, in room reserved before.</summary>
    public void Take(PlainMessage message)
    {
        _diagnostics.MessageClaimed(message.Claim.MessageId, message.Message.QueueName, message.Claim.Attempt);
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var delivery = new Delivery(message, cancellation, _timeProvider.GetTimestamp());
        lock (_lock)
        {
            _reserved--;
            _deliveries.Add(delivery.Claim, delivery);
            if (_isStopping)
            {
                _recorder.Add(delivery);
                ReturnUnused();
            }
            else if (_idle > 0 || _slots.Take(1) == 1)
            {
                _idle = Math.Max(0, _idle - 1);
                _ = Task.Run(() => WorkAsync(delivery), CancellationToken.None); // StopAsync waits for what is in _deliveries
            }
            else if (delivery.MayWait)
            {
                Wait(delivery);
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
    /// Gives back what nobody has begun on, lets handlers finish for as long as the time allows, then cuts them short and gives
    /// their messages back, too.
    /// </summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        lock (_lock)
        {
            _isStopping = true;
            GiveBackAllWaiting();
            TellIfGone();
        }

        if (!await IsGoneAsync(timeout).ConfigureAwait(false))
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            await IsGoneAsync(Grace).ConfigureAwait(false);
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

    private async Task<bool> IsGoneAsync(TimeSpan timeout)
    {
        var first = await Task.WhenAny(_gone.Task, Task.Delay(timeout, _timeProvider, CancellationToken.None))
            .ConfigureAwait(false);
        return first == _gone.Task || _gone.Task.IsCompleted;
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
            Note(delivery.Outcome, _timeProvider.GetElapsedTime(beganAt));
            _recorder.Add(delivery);
        }
    }

    private void Note(DeliveryOutcome outcome, TimeSpan elapsed)
    {
        lock (_lock)
        {
            if (outcome is DeliveryOutcome.Done)
            {
                _ahead.Done(elapsed);
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
        Delivery? next = null;
        bool isFreed;
        lock (_lock)
        {
            _slots.Release();
            if (_ahead.Count > 0 && _slots.Take(1) == 1)
            {
                next = _ahead.Take();
            }
            else if (_ahead.Count > 0)
            {
                StandInLine();
            }

            // Whoever stands in line for the poller wakes it.
            isFreed = _isWanted && (_ahead.HasRoom(ComingAhead) || (next is null && !_isInLine));
            _isWanted &= !isFreed;
        }

        if (isFreed)
        {
            Freed?.Invoke();
        }

        return next;
    }

    private int TakeSlots(int most)
    {
        var spare = Math.Clamp(_idle - _reserved, 0, most);
        var taken = _slots.Take(most - spare);
        _idle += taken;
        return spare + taken;
    }

    private void ReturnUnused()
    {
        var unused = Math.Max(0, _idle - Math.Max(0, _reserved));
        _idle -= unused;
        _slots.Release(unused);
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
                _ = Task.Run(() => WorkAsync(delivery), CancellationToken.None);
                if (_ahead.Count > 0 || _isWanted)
                {
                    StandInLine();
                }

                return;
            }

            _idle++;
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
    }

    private void TellIfGone()
    {
        if (_isStopping && _deliveries.Count + _reserved == 0)
        {
            _gone.TrySetResult();
        }
    }
}
