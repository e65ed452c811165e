using TursoWorld.Diagnostics;
using TursoWorld.Queue;

namespace TursoWorld.Turns;

/// <summary>Says in the log why nothing happens: each reason once, and again every few minutes for as long as it holds.</summary>
internal sealed class StallWatch(StallCheck check, TimeProvider clock, WorldDiagnostics diagnostics) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(5);

    private readonly PollLoop _loop = new("turns.stalls", clock, diagnostics);
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
    private int _isStarted;

    /// <summary>Begins, once: a world that is started, or one that was given work, is watched.</summary>
    public void Start()
    {
        if (Volatile.Read(ref _isStarted) == 0 && Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            _loop.Start(TurnAsync);
        }
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isStarted, 2) == 2 ? ValueTask.CompletedTask : _loop.DisposeAsync();

    /// <returns>When to look again.</returns>
    public async Task<DateTimeOffset?> TurnAsync(CancellationToken cancellationToken)
    {
        var lookedAt = clock.GetUtcNow();
        var stalls = await check.FindAsync(cancellationToken).ConfigureAwait(false);
        foreach (var over in _told.Keys.Except(stalls.Select(stall => stall.Cause)).ToList())
        {
            _told.Remove(over);
        }

        foreach (var stall in stalls)
        {
            if (!_told.TryGetValue(stall.Cause, out var toldAt) || clock.GetElapsedTime(toldAt) >= Reminder)
            {
                _told[stall.Cause] = clock.GetTimestamp();
                diagnostics.WorkWaits(stall.Cause, stall.Words);
            }
        }

        return lookedAt + Interval;
    }
}
