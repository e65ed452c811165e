namespace TursoWorld.Abstractions;

/// <summary>Instants are stored in whole milliseconds; what code sees live must be what it sees in replay.</summary>
internal static class Instants
{
    /// <summary>The instant after a delay, or the last one there is.</summary>
    public static DateTimeOffset Add(DateTimeOffset instant, TimeSpan delay) =>
        delay > DateTimeOffset.MaxValue - instant ? DateTimeOffset.MaxValue : instant + delay;

    /// <summary>The earlier of two; null is never.</summary>
    public static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null || other < one ? other : one;

    public static DateTimeOffset RoundDown(DateTimeOffset instant) =>
        instant.ToUniversalTime().AddTicks(-(instant.UtcTicks % TimeSpan.TicksPerMillisecond));

    /// <summary>For due times, so that nothing begins early.</summary>
    public static DateTimeOffset RoundUp(DateTimeOffset instant)
    {
        var down = RoundDown(instant);
        return down == instant || DateTimeOffset.MaxValue - down < TimeSpan.FromMilliseconds(1) ? down : down.AddMilliseconds(1);
    }
}
