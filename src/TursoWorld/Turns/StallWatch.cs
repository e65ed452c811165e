using TursoWorld.Diagnostics;
using TursoWorld.Queue;

namespace TursoWorld.Turns;

/// <summary>
/// Says in the log why nothing happens: each reason once, and again every few minutes for as long as it holds. One look is no reason: after
/// a restart, or when the machine has slept, what was due meanwhile is about to be taken up.
/// </summary>
internal sealed class StallWatch(StallCheck check, TimeProvider clock, WorldDiagnostics diagnostics) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(5);

    private readonly PollLoop _loop = new("turns.stalls", clock, diagnostics);
    private readonly Dictionary<string, long?> _seen = new(StringComparer.Ordinal); // when it was told last; null for not yet
    private int _isStarted;

    /// <summary>Begins, once: a world that is started, or one that was given work, is watched.</summary>
    public void Start()
    {
        if (Volatile.Read(ref _isStarted) == 0 && Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            var isFirst = true;
            _loop.Start(token =>
            {
                (var waits, isFirst) = (isFirst, false);
                return waits ? Task.FromResult<DateTimeOffset?>(clock.GetUtcNow() + Interval) : TurnAsync(token);
            });
        }
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isStarted, 2) == 2 ? ValueTask.CompletedTask : _loop.DisposeAsync();

    /// <returns>When to look again.</returns>
    public async Task<DateTimeOffset?> TurnAsync(CancellationToken cancellationToken)
    {
        var lookedAt = clock.GetUtcNow();
        try
        {
            Tell(await check.FindAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (WorldException)
        {
            // The database cannot be read: whoever needs it says so, and so does the health.
        }

        return lookedAt + Interval;
    }

    private void Tell(IReadOnlyList<Stall> stalls)
    {
        foreach (var over in _seen.Keys.Except(stalls.Select(stall => stall.Cause)).ToList())
        {
            _seen.Remove(over);
        }

        foreach (var stall in stalls)
        {
            if (_seen.TryAdd(stall.Cause, null))
            {
                continue;
            }

            if (_seen[stall.Cause] is not { } toldAt || clock.GetElapsedTime(toldAt) >= Reminder)
            {
                _seen[stall.Cause] = clock.GetTimestamp();
                diagnostics.WorkWaits(stall.Cause, stall.Words);
            }
        }
    }
}
