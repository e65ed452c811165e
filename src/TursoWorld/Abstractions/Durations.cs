namespace TursoWorld.Abstractions;

/// <summary>What a duration must be.</summary>
internal static class Durations
{
    /// <exception cref="ArgumentOutOfRangeException">It is negative, and not <see cref="Timeout.InfiniteTimeSpan"/>.</exception>
    public static void RequireTimeout(TimeSpan timeout, string parameter)
    {
        if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                parameter, timeout, "A timeout is not negative. For none at all, pass Timeout.InfiniteTimeSpan.");
        }
    }

    /// <summary>Whether runs and messages can be kept for so long.</summary>
    public static bool IsRetention(TimeSpan retention) =>
        retention >= TimeSpan.FromSeconds(1) && retention <= TimeSpan.FromDays(36_500);

    /// <exception cref="ArgumentOutOfRangeException">A run cannot be kept for so long.</exception>
    public static void RequireRunRetention(TimeSpan? retention, string parameter)
    {
        if (retention is { } time && time != Timeout.InfiniteTimeSpan && !IsRetention(time))
        {
            throw new ArgumentOutOfRangeException(
                parameter, time, "A run is kept for 1 second to 36500 days, or for ever with Timeout.InfiniteTimeSpan.");
        }
    }
}
