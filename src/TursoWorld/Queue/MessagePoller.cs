using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>Claims plain messages that are due whenever there is a slot, and sleeps until something may have changed.</summary>
internal sealed class MessagePoller(
    MessageStore store, MessageDispatcher dispatcher, HandlerTable handlers, ClaimOwner owner, Suspects suspects, WakeHub hub,
    TimeProvider timeProvider, WorldDiagnostics diagnostics) : IAsyncDisposable
{
    private const int LargestClaim = 500;
    private const int ClaimsBetweenLooks = 8;

    private readonly PollLoop _loop = new("queue.poll_messages", timeProvider, diagnostics);
    private Queue<string> _due = new();
    private DateTimeOffset? _lapse;
    private int _claims;

    public void Start()
    {
        dispatcher.Freed += _loop.Wake;
        hub.QueueChanged += _loop.Wake;
        hub.ChangedElsewhere += _loop.Wake;
        hub.ClockMoved += _loop.Wake;
        _loop.Start(TurnAsync);
    }

    public async ValueTask DisposeAsync()
    {
        dispatcher.Freed -= _loop.Wake;
        hub.QueueChanged -= _loop.Wake;
        hub.ChangedElsewhere -= _loop.Wake;
        hub.ClockMoved -= _loop.Wake;
        await _loop.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Claims what is due.</summary>
    /// <returns>Until when it may sleep; null for until it is woken.</returns>
    public async Task<DateTimeOffset?> TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (_due.Count == 0 || _claims >= ClaimsBetweenLooks || _lapse <= timeProvider.GetUtcNow())
                {
                    var until = await LookAsync(cancellationToken).ConfigureAwait(false);
                    if (_due.Count == 0)
                    {
                        return until;
                    }
                }

                if (!await ClaimNextAsync(cancellationToken).ConfigureAwait(false))
                {
                    // Room is waited for, and wakes the loop; what receivers had must come back meanwhile.
                    return _lapse;
                }
            }
        }
        catch
        {
            _due.Clear();
            throw;
        }
        finally
        {
            dispatcher.ReturnGranted();
        }
    }

    /// <summary>Finds out which queues have something for us.</summary>
    /// <returns>Until when nothing changes by itself.</returns>
    private async Task<DateTimeOffset?> LookAsync(CancellationToken cancellationToken)
    {
        _claims = 0;
        _lapse = await store.FindNextLapseAsync(cancellationToken).ConfigureAwait(false);
        if (_lapse <= timeProvider.GetUtcNow())
        {
            await EndVisibilityAsync(cancellationToken).ConfigureAwait(false);
            _lapse = await store.FindNextLapseAsync(cancellationToken).ConfigureAwait(false);
        }

        var roots = handlers.Roots;
        if (roots.Count == 0)
        {
            _due.Clear();
            return _lapse;
        }

        var queues = await store.FindDueAsync(roots, suspects.RoomFor(1), cancellationToken).ConfigureAwait(false);
        var ours = queues.FindAll(queue => queue.DueAt is not null && handlers.Has(queue.Name));
        var now = timeProvider.GetUtcNow();
        var due = ours.FindAll(queue => queue.DueAt <= now).ConvertAll(queue => queue.Name);

        // Those that wait for their turn keep their places.
        _due = new(_due.Where(due.Contains).Concat(due.Except(_due)).ToList());
        return Instants.Earlier(ours.Min(queue => queue.DueAt), _lapse);
    }

    /// <summary>Claims from the queue whose turn it is.</summary>
    /// <returns>False when there is no more room.</returns>
    private async Task<bool> ClaimNextAsync(CancellationToken cancellationToken)
    {
        if (!handlers.Has(_due.Peek()))
        {
            _due.Dequeue();
            return true;
        }

        var room = dispatcher.Reserve(LargestClaim);
        if (room.Most + room.Ahead == 0)
        {
            return false;
        }

        _claims++;
        var queueName = _due.Dequeue();
        if (await ClaimAsync(queueName, room, cancellationToken).ConfigureAwait(false) == room.Most + room.Ahead)
        {
            _due.Enqueue(queueName); // it may have more, after the others
        }

        return true;
    }

    /// <returns>How many.</returns>
    private async Task<int> ClaimAsync(string queueName, ClaimRoom room, CancellationToken cancellationToken)
    {
        var claimed = 0;
        try
        {
            var messages = await store.ClaimAsync(queueName, room, owner, cancellationToken).ConfigureAwait(false);
            foreach (var message in messages)
            {
                claimed++;
                dispatcher.Take(message);
            }

            return claimed;
        }
        finally
        {
            dispatcher.Unreserve(room.Most + room.Ahead - claimed);
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
