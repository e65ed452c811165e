using TursoWorld.Abstractions;

namespace TursoWorld.Queue;

/// <summary>A claimed message on its way through a handler, until it is written what became of it.</summary>
internal sealed class Delivery(PlainMessage message, long takenAt) : IDisposable
{
    private static readonly DeliveryOutcome NotBegun = new DeliveryOutcome.GivenBack();

    private readonly CancellationTokenSource _cancellation = new();
    private Task _cancelling = Task.CompletedTask;

    public ClaimedMessage Claim => message.Claim;

    public QueueMessage Message => message.Message;

    /// <summary>Why its payload and headers are not there: the delivery has failed. Null when they are.</summary>
    public PayloadCodecException? Unreadable => message.Unreadable;

    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>When it came to this process, on the clock's own scale.</summary>
    public long TakenAt => takenAt;

    /// <summary>How it ended. Set before it is recorded.</summary>
    public DeliveryOutcome Outcome { get; set; } = NotBegun;

    /// <summary>Somebody else has the message: nothing may be written in its name.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Completes when the handler has ended that was not waited for.</summary>
    public Task Left { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Begins some work with it on a thread of the pool, which gets nothing of the caller's execution context: a handler must not
    /// find what happens to surround the call that sent its message.
    /// </summary>
    public void Start(Func<Delivery, Task> work) => ThreadPool.UnsafeQueueUserWorkItem(
        static job => _ = job.Work(job.Delivery), (Work: work, Delivery: this), preferLocal: true);

    public void Lose()
    {
        IsLost = true;
        Cancel();
    }

    /// <summary>Its time is over: what the handler still does counts for nothing.</summary>
    public void Leave(Task handling)
    {
        Left = handling;
        Cancel();
    }

    public void Cancel()
    {
        if (!_cancellation.IsCancellationRequested)
        {
            _cancelling = _cancellation.CancelAsync(); // its handlers of cancellation must not hold us up
        }
    }

    public void Dispose() => _ = DisposeWhenCancelledAsync();

    private async Task DisposeWhenCancelledAsync()
    {
        await _cancelling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _cancellation.Dispose();
    }
}
