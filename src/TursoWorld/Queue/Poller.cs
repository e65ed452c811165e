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
        DateTimeOffset? nextDue = null;
        var isFull = false;
        for (var i = 0; i < workflows.Count && !isFull; i++)
        {
            (var due, isFull) = await ClaimAllAsync(workflows[(_first + i) % workflows.Count], freeSlots, cancellationToken).ConfigureAwait(false);
            nextDue = Instants.Earlier(nextDue, due);
        }

        // No workflow is always last.
        _first = workflows.Count == 0 ? 0 : (_first + 1) % workflows.Count;
        return isFull ? null : nextDue;
    }

    /// <returns>When the next run of the workflow is due, and whether there is no more room.</returns>
    private async Task<(DateTimeOffset? NextDue, bool IsFull)> ClaimAllAsync(
        WorkflowKey workflow, int freeSlots, CancellationToken cancellationToken)
    {
        while (true)
        {
            var reserved = handler.Reserve(LargestClaim);
            if (reserved == 0)
            {
                return (null, true);
            }

            var room = limits.Suspects.RoomFor(reserved, Math.Min(reserved, freeSlots));
            var claim = await ClaimAsync(workflow, room, cancellationToken).ConfigureAwait(false);
            if (claim.Messages.Count < reserved)
            {
                return (claim.NextDue, false);
            }
        }
    }

    private async Task<QueueClaim> ClaimAsync(WorkflowKey workflow, ClaimRoom room, CancellationToken cancellationToken)
    {
        var claimed = 0;
        try
        {
            var claim = await queue.ClaimAsync(workflow, room, cancellationToken).ConfigureAwait(false);
            foreach (var message in claim.Messages)
            {
                claimed++;
                diagnostics.MessageClaimed(message.MessageId, workflow.QueueName, message.Attempt);
                handler.Take(workflow, message);
            }

            return claim;
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
