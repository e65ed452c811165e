namespace TursoWorld.Runtime;

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
}
