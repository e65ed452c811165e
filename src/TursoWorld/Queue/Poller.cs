using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>What decides how much of restricted lanes may be claimed.</summary>
internal sealed record PollerRoom(Slots Slots, Suspects Suspects);

/// <summary>Claims runs that are due whenever there is room, and sleeps until something may have changed.</summary>
internal sealed class Poller(
    QueueStore queue, IMessageHandler handler, PollerRoom limits, WakeHub hub, TimeProvider timeProvider, WorldDiagnostics diagnostics)
    : IAsyncDisposable
{
    private const int LargestClaim = 500;

    private readonly PollLoop _loop = new("queue.poll", timeProvider, diagnostics);
    private volatile bool _changedElsewhere;
    private int _first;

    public void Start()
    {
        hub.MessagesChanged += _loop.Wake;
        limits.Slots.Freed += _loop.Wake;
        hub.ChangedElsewhere += OnChangedElsewhere;
        hub.ClockMoved += _loop.Wake;
        _loop.Start(TurnAsync);
    }

    public async ValueTask DisposeAsync()
    {
        hub.MessagesChanged -= _loop.Wake;
        limits.Slots.Freed -= _loop.Wake;
        hub.ChangedElsewhere -= OnChangedElsewhere;
        hub.ClockMoved -= _loop.Wake;
        await _loop.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One look: claims what is due.</summary>
    /// <returns>When to look again without being told; null for never.</returns>
    public async Task<DateTimeOffset?> TurnAsync(CancellationToken cancellationToken)
    {
        if (_changedElsewhere)
        {
            _changedElsewhere = false;
            try
            {
                await LookAtHeldAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                _changedElsewhere = true; // what was to be seen is still there
                throw;
            }
        }

        // Counted once: a look that took none for free and one that is not told of it could be the last.
        var freeSlots = limits.Slots.CountFree();
        var workflows = handler.Workflows;
        var isFull = false;
        for (var i = 0; i < workflows.Count && !isFull; i++)
        {
            isFull = !await ClaimAllAsync(workflows[(_first + i) % workflows.Count], freeSlots, cancellationToken).ConfigureAwait(false);
        }

        // No workflow is always last.
        _first = workflows.Count == 0 ? 0 : (_first + 1) % workflows.Count;
        if (isFull || workflows.Count == 0)
        {
            return null;
        }

        return await queue.FindNextDueAsync(workflows, RoomFor(1, freeSlots), cancellationToken).ConfigureAwait(false);
    }

    private ClaimRoom RoomFor(int most, int freeSlots) => limits.Suspects.RoomFor(most, Math.Min(most, freeSlots));

    /// <returns>False when there is no more room.</returns>
    private async Task<bool> ClaimAllAsync(WorkflowKey workflow, int freeSlots, CancellationToken cancellationToken)
    {
        while (true)
        {
            var reserved = handler.Reserve(LargestClaim);
            if (reserved == 0)
            {
                return false;
            }

            var claimed = await ClaimAsync(workflow, RoomFor(reserved, freeSlots), cancellationToken).ConfigureAwait(false);
            if (claimed < reserved)
            {
                return true;
            }
        }
    }

    private async Task<int> ClaimAsync(WorkflowKey workflow, ClaimRoom room, CancellationToken cancellationToken)
    {
        var claimed = 0;
        try
        {
            foreach (var message in await queue.ClaimAsync(workflow, room, cancellationToken).ConfigureAwait(false))
            {
                claimed++;
                diagnostics.MessageClaimed(message.MessageId, workflow.QueueName, message.Attempt);
                handler.Take(workflow, message);
            }

            return claimed;
        }
        finally
        {
            handler.Unreserve(room.Most - claimed);
        }
    }

    private async Task LookAtHeldAsync(CancellationToken cancellationToken)
    {
        var held = handler.Held;
        if (held.Count == 0)
        {
            return;
        }

        foreach (var runKey in await queue.FindWokenAsync(held, cancellationToken).ConfigureAwait(false))
        {
            handler.Look(runKey);
        }
    }

    private void OnChangedElsewhere()
    {
        _changedElsewhere = true;
        _loop.Wake();
    }
}
