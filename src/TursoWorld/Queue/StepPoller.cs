using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>
/// Begins queued steps that are due whenever there is a slot, and sleeps until something may have changed. It looks before it writes:
/// while nothing is due, it writes nothing.
/// </summary>
internal sealed class StepPoller(
    IQueuedSteps steps, IStepHandler handler, PollerRoom room, WakeHub hub, TimeProvider timeProvider, WorldDiagnostics diagnostics)
    : IAsyncDisposable
{
    private const int LargestClaim = 500;
    private static readonly TimeSpan PauseAfterNothing = TimeSpan.FromSeconds(1);

    private readonly PollLoop _loop = new("queue.poll_steps", timeProvider, diagnostics);
    private volatile bool _changedElsewhere;
    private Task _inLine = Task.CompletedTask;
    private int _isInLine;
    private int _granted;
    private int _first;

    public void Start()
    {
        hub.StepsChanged += _loop.Wake;
        hub.ChangedElsewhere += OnChangedElsewhere;
        hub.ClockMoved += _loop.Wake;
        _loop.Start(TurnAsync);
    }

    public async ValueTask DisposeAsync()
    {
        hub.StepsChanged -= _loop.Wake;
        hub.ChangedElsewhere -= OnChangedElsewhere;
        hub.ClockMoved -= _loop.Wake;
        await _loop.DisposeAsync().ConfigureAwait(false);
        await _inLine.ConfigureAwait(false);
        room.Slots.Release(Interlocked.Exchange(ref _granted, 0));
    }

    /// <summary>Begins what is due.</summary>
    /// <returns>Until when it may sleep; null for until it is woken.</returns>
    public async Task<DateTimeOffset?> TurnAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await LookAtHeldAsync(cancellationToken).ConfigureAwait(false);
            var known = handler.Steps;
            var dueAt = known.Count == 0
                ? null
                : await steps.FindNextDueAsync(known, room.Suspects.RoomFor(1), cancellationToken).ConfigureAwait(false);
            if (dueAt is null || dueAt > timeProvider.GetUtcNow())
            {
                room.Slots.Release(Interlocked.Exchange(ref _granted, 0));
                return dueAt;
            }

            var reserved = Reserve();
            if (reserved == 0)
            {
                return null; // room is waited for, and wakes the loop
            }

            if (!await BeginAsync(known, reserved, cancellationToken).ConfigureAwait(false))
            {
                return timeProvider.GetUtcNow() + PauseAfterNothing;
            }
        }
    }

    /// <returns>How many slots were taken. When there is none, one is waited for in line with everybody else.</returns>
    private int Reserve()
    {
        var granted = Interlocked.Exchange(ref _granted, 0);
        var reserved = granted + room.Slots.Take(LargestClaim - granted);
        if (reserved == 0 && Interlocked.Exchange(ref _isInLine, 1) == 0)
        {
            _inLine = WaitInLineAsync();
        }

        return reserved;
    }

    private async Task WaitInLineAsync()
    {
        try
        {
            await room.Slots.WaitAsync(_loop.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        Volatile.Write(ref _isInLine, 0); // first: who uses this slot up at once may need another
        Interlocked.Increment(ref _granted);
        _loop.Wake();
    }

    /// <returns>False when nothing was found, although something had been due.</returns>
    private async Task<bool> BeginAsync(IReadOnlyList<StepKey> known, int reserved, CancellationToken cancellationToken)
    {
        var begun = 0;
        try
        {
            // No step is always last.
            _first = (_first + 1) % known.Count;
            var due = await steps.ListDueAsync(
                [.. known.Skip(_first), .. known.Take(_first)], room.Suspects.RoomFor(reserved), cancellationToken).ConfigureAwait(false);

            // Side by side, so that they share a commit.
            var beginnings = due.Select(step => handler.TryBeginAsync(step, cancellationToken)).ToList();
            await Task.WhenAll(beginnings.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            begun = beginnings.Count(beginning => beginning is { IsCompletedSuccessfully: true, Result: true });
            await Task.WhenAll(beginnings).ConfigureAwait(false);
            return due.Count > 0;
        }
        finally
        {
            room.Slots.Release(reserved - begun);
        }
    }

    private async Task LookAtHeldAsync(CancellationToken cancellationToken)
    {
        if (!_changedElsewhere)
        {
            return;
        }

        _changedElsewhere = false;
        var held = handler.Held;
        if (held.Count == 0)
        {
            return;
        }

        try
        {
            foreach (var withdrawn in await steps.ListWithdrawnAsync(held, cancellationToken).ConfigureAwait(false))
            {
                handler.Withdraw(withdrawn);
            }
        }
        catch
        {
            _changedElsewhere = true; // what was to be seen is still there
            throw;
        }
    }

    private void OnChangedElsewhere()
    {
        if (handler.Steps.Count > 0)
        {
            _changedElsewhere = true;
            _loop.Wake();
        }
    }
}
