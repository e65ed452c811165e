using System.Diagnostics;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>
/// Delivers plain messages that this process has claimed, in the slots that they share with steps, and writes what became
/// of each. A slot is taken before a message is claimed; while none is free, one waits in line for the next.
/// </summary>
internal sealed class MessageDispatcher(
    HandlerTable handlers, MessageStore store, Slots slots, WakeHub hub, TimeProvider timeProvider, Random random,
    WorldDiagnostics diagnostics) : ILeaseHolder, IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();

    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly Dictionary<ClaimedMessage, Flight> _flights = new(ReferenceEqualityComparer.Instance);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _inLine = Task.CompletedTask;
    private bool _isInLine;
    private int _granted;
    private int _reserved;
    private bool _isStarted;
    private bool _isStopping;

    public IReadOnlyList<HeldMessage> Held
    {
        get
        {
            lock (_lock)
            {
                return _flights.Keys.Select(claim => new HeldMessage(claim, claim.Wakes)).ToList();
            }
        }
    }

    public void Start()
    {
        lock (_lock)
        {
            _isStarted = true;
        }
    }

    /// <summary>Takes as many slots as are free.</summary>
    public int Reserve(int most)
    {
        lock (_lock)
        {
            if (!_isStarted || _isStopping)
            {
                return 0;
            }

            var room = Math.Min(_granted, most);
            _granted -= room;
            room += slots.Take(most - room);
            _reserved += room;
            if (room == 0 && !_isInLine)
            {
                _isInLine = true;
                _inLine = WaitInLineAsync();
            }

            return room;
        }
    }

    public void Unreserve(int count)
    {
        lock (_lock)
        {
            _reserved -= count;
            TellIfGone();
        }

        slots.Release(count);
    }

    /// <summary>Gives back the slot that was waited for and is not needed.</summary>
    public void ReturnGranted()
    {
        int granted;
        lock (_lock)
        {
            (granted, _granted) = (_granted, 0);
        }

        slots.Release(granted);
    }

    /// <summary>Begins to deliver a message, in a slot reserved before.</summary>
    public void Take(PlainMessage message)
    {
        diagnostics.MessageClaimed(message.Message.MessageId, message.Message.QueueName, message.Message.Attempt);
        var flight = new Flight(message, CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
        lock (_lock)
        {
            _reserved--;
            _flights.Add(message.Claim, flight);
            flight.Work = Task.Run(() => DeliverAsync(flight), CancellationToken.None);
        }
    }

    public void Lose(ClaimedMessage message)
    {
        lock (_lock)
        {
            if (_flights.TryGetValue(message, out var flight))
            {
                flight.IsLost = true;
                flight.Cancelling = flight.Cancellation.CancelAsync(); // its handlers of cancellation must not hold us up
            }
        }
    }

    /// <summary>Lets handlers finish for as long as the time allows, then cuts them short; gives their messages back.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        lock (_lock)
        {
            _isStopping = true;
            TellIfGone();
        }

        if (!await IsGoneAsync(timeout).ConfigureAwait(false))
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            await IsGoneAsync(Grace).ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _inLine.ConfigureAwait(false);
        ReturnGranted();
    }

    public void Dispose() => _stopping.Dispose();

    private async Task<bool> IsGoneAsync(TimeSpan timeout)
    {
        var first = await Task.WhenAny(_gone.Task, Task.Delay(timeout, timeProvider, CancellationToken.None))
            .ConfigureAwait(false);
        return first == _gone.Task || _gone.Task.IsCompleted;
    }

    private async Task WaitInLineAsync()
    {
        try
        {
            await slots.WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        lock (_lock)
        {
            _isInLine = false;
            _granted++;
        }

        hub.SignalQueueChanged();
    }

    private async Task DeliverAsync(Flight flight)
    {
        var outcome = await RunAsync(flight).ConfigureAwait(false);
        slots.Release();
        try
        {
            await RecordAsync(flight, outcome).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StorageException or ObjectDisposedException)
        {
            // Nobody renews the lease any more: it stands still, and the message is delivered again.
            diagnostics.LoopFailed("queue.record", exception);
        }
        finally
        {
            lock (_lock)
            {
                _flights.Remove(flight.Message.Claim);
                TellIfGone();
            }

            await flight.Cancelling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            flight.Cancellation.Dispose();
        }
    }

    private async Task<DeliveryOutcome> RunAsync(Flight flight)
    {
        var cancellationToken = flight.Cancellation.Token;
        if (IsStopping || handlers.Find(flight.Message.Message.QueueName) is not { } handler)
        {
            return new DeliveryOutcome.GivenBack();
        }

        if (flight.Message.Unreadable is { } unreadable)
        {
            return new DeliveryOutcome.Failed(unreadable); // one message must not stop those that were claimed with it
        }

        try
        {
            return await handler(flight.Message.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return new DeliveryOutcome.GivenBack(); // however the handler words it: it was cut short
        }
        catch (Exception exception)
        {
            return new DeliveryOutcome.Failed(exception);
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

    private async Task RecordAsync(Flight flight, DeliveryOutcome outcome)
    {
        var claim = flight.Message.Claim;
        var isOurs = !flight.IsLost && outcome switch
        {
            DeliveryOutcome.Done => await CompleteAsync(claim).ConfigureAwait(false),
            DeliveryOutcome.Again again => await PostponeAsync(claim, again.Delay, counts: true).ConfigureAwait(false),
            DeliveryOutcome.GivenBack => await PostponeAsync(claim, TimeSpan.Zero, counts: false).ConfigureAwait(false),
            DeliveryOutcome.Undelivered lost => await PostponeAsync(claim, lost.Delay, counts: false).ConfigureAwait(false),
            DeliveryOutcome.Failed failed => await FailAsync(claim, failed.Exception).ConfigureAwait(false),
            _ => throw new UnreachableException(),
        };
        if (!isOurs)
        {
            diagnostics.LeaseLost(claim.MessageId);
        }
    }

    private async Task<bool> CompleteAsync(ClaimedMessage claim)
    {
        var isOurs = await store.CompleteAsync(claim.MessageKey, claim.LeaseToken, CancellationToken.None).ConfigureAwait(false);
        if (isOurs)
        {
            diagnostics.MessageCompleted(claim.MessageId);
        }

        return isOurs;
    }

    private async Task<bool> PostponeAsync(ClaimedMessage claim, TimeSpan delay, bool counts)
    {
        var isOurs = await store
            .PostponeAsync(claim.MessageKey, claim.LeaseToken, delay, counts, CancellationToken.None).ConfigureAwait(false);
        if (isOurs)
        {
            diagnostics.MessagePostponed(claim.MessageId, delay);
            hub.SignalQueueChanged();
        }

        return isOurs;
    }

    private async Task<bool> FailAsync(ClaimedMessage claim, Exception exception)
    {
        var delay = Backoff.After(claim.Failures + 1, random);
        switch (await store.FailAsync(claim.MessageKey, claim.LeaseToken, delay, CancellationToken.None).ConfigureAwait(false))
        {
            case true:
                diagnostics.MessageDead(claim.MessageId, exception);
                return true;
            case false:
                diagnostics.MessageFailed(claim.MessageId, delay, exception);
                hub.SignalQueueChanged();
                return true;
            default:
                return false;
        }
    }

    private void TellIfGone()
    {
        if (_isStopping && _flights.Count + _reserved == 0)
        {
            _gone.TrySetResult();
        }
    }

    private sealed class Flight(PlainMessage message, CancellationTokenSource cancellation)
    {
        public PlainMessage Message => message;

        public CancellationTokenSource Cancellation => cancellation;

        public Task Work { get; set; } = Task.CompletedTask;

        public Task Cancelling { get; set; } = Task.CompletedTask;

        public bool IsLost { get; set; }
    }
}
