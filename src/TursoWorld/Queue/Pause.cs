namespace TursoWorld.Queue;

/// <summary>How long a loop may sleep.</summary>
internal static class Pause
{
    /// <summary>
    /// Until an instant; infinite for never. A timer that fires a moment early would look, find nothing, and look again: it
    /// waits the whole millisecond.
    /// </summary>
    public static TimeSpan Until(DateTimeOffset? until, TimeProvider timeProvider)
    {
        if (until is not { } instant)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var delay = instant - timeProvider.GetUtcNow();
        return delay <= TimeSpan.Zero
            ? TimeSpan.Zero
            : TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(delay.TotalMilliseconds), int.MaxValue));
    }
}
