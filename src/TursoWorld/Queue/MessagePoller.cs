using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>Claims plain messages that are due whenever there is a slot, and sleeps until something may have changed.</summary>
internal sealed class MessagePoller(
    MessageStore store, MessageDispatcher dispatcher, HandlerTable handlers, ClaimOwner owner, WakeHub hub,
    TimeProvider timeProvider, WorldDiagnostics diagnostics) : IAsyncDisposable
{
    private const int LargestClaim = 500;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly WakeSignal _signal = new(timeProvider);
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private int _first;

    public void Start()
    {
        hub.QueueChanged += _signal.Set;
        hub.ChangedElsewhere += _signal.Set;
        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        hub.QueueChanged -= _signal.Set;
        hub.ChangedElsewhere -= _signal.Set;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>Claims what is due.</summary>
    /// <returns>Until when it may sleep; null for until it is woken.</returns>
    public async Task<DateTimeOffset?> TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var roots = handlers.Roots;
                if (roots.Count == 0)
                {
                    return null;
                }

                var lapse = await store.FindNextLapseAsync(cancellationToken).ConfigureAwait(false);
                if (lapse <= timeProvider.GetUtcNow())
                {
                    await EndVisibilityAsync(cancellationToken).ConfigureAwait(false);
                    continue;
                }

                var queues = await store.FindDueAsync(roots, cancellationToken).ConfigureAwait(false);
                var ours = queues.FindAll(queue => queue.DueAt is not null && handlers.Find(queue.Name) is not null);
                var now = timeProvider.GetUtcNow();
                var due = ours.FindAll(queue => queue.DueAt <= now);
                if (due.Count == 0)
                {
                    return Pause.Earlier(ours.Min(queue => queue.DueAt), lapse);
                }

                if (!await ClaimAllAsync(due, cancellationToken).ConfigureAwait(false))
                {
                    // A slot is waited for, and wakes the loop; what receivers had must come back meanwhile.
                    return lapse;
                }
            }
        }
        finally
        {
            dispatcher.ReturnGranted();
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var until = await TurnAsync(_stopping.Token).ConfigureAwait(false);
                await _signal.WaitUntilAsync(until, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                diagnostics.LoopFailed("queue.poll_messages", exception);
                await Task.Delay(PauseAfterFailure, timeProvider, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>False when there is no more room.</returns>
    private async Task<bool> ClaimAllAsync(List<DueQueue> due, CancellationToken cancellationToken)
    {
        // No queue is always last.
        _first = (_first + 1) % due.Count;
        for (var i = 0; i < due.Count; i++)
        {
            var room = dispatcher.Reserve(LargestClaim);
            if (room == 0)
            {
                return false;
            }

            await ClaimAsync(due[(_first + i) % due.Count].Name, room, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async Task ClaimAsync(string queueName, int room, CancellationToken cancellationToken)
    {
        var claimed = 0;
        try
        {
            var messages = await store.ClaimAsync(queueName, room, owner.WorkerId, owner.Lease, cancellationToken)
                .ConfigureAwait(false);
            foreach (var message in messages)
            {
                claimed++;
                dispatcher.Take(message);
            }
        }
        finally
        {
            dispatcher.Unreserve(room - claimed);
        }
    }

    private async Task EndVisibilityAsync(CancellationToken cancellationToken)
    {
        foreach (var messageId in await store.EndVisibilityAsync(cancellationToken).ConfigureAwait(false))
        {
            diagnostics.MessageDead(messageId, null);
        }
    }
}

/// <summary>In whose name messages are claimed, and for how long.</summary>
internal sealed record ClaimOwner(string WorkerId, TimeSpan Lease);
