namespace TursoWorld.Runtime;

/// <summary>Wakes a live run when something of it is due while other things are in flight.</summary>
internal sealed class RunTimer(TimeProvider timeProvider)
{
    // The longest delay that a timer takes; whoever is woken early finds nothing due, and sets the timer again.
    private const double LongestMilliseconds = uint.MaxValue - 1d;

    private ITimer? _timer;

    /// <param name="dueAt">When to wake; null for never.</param>
    /// <param name="wake">Called at that time.</param>
    public void Set(DateTimeOffset? dueAt, Action wake)
    {
        Clear();
        if (dueAt is { } instant)
        {
            var delay = Until(instant);
            _timer = timeProvider.CreateTimer(_ => wake(), null, delay, Timeout.InfiniteTimeSpan);
            if (Until(instant) is var left && left < delay)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan); // it would fire as much too late as the clock has moved
            }
        }
    }

    public void Clear()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private TimeSpan Until(DateTimeOffset instant)
    {
        var milliseconds = Math.Ceiling((instant - timeProvider.GetUtcNow()).TotalMilliseconds);
        return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, LongestMilliseconds));
    }
}
