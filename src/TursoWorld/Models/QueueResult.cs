namespace TursoWorld;

/// <summary>What a handler says about a message that it did not fail at. The default value is <see cref="Done"/>.</summary>
public readonly record struct QueueResult
{
    /// <summary>The message is done with and goes away.</summary>
    public static QueueResult Done => default;

    /// <summary>How long until the message is delivered again; null when it is done with.</summary>
    public TimeSpan? RedeliverAfter { get; private init; }

    /// <summary>
    /// The same message is to be delivered again, with the same id and <see cref="QueueMessage.Attempt"/> one higher. This is
    /// no failure, and may be said any number of times.
    /// </summary>
    /// <param name="delay">After how long, 0 (at once) to 365 days; milliseconds count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is out of range.</exception>
    public static QueueResult Again(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, QueueOptions.MaxDelay);
        return new QueueResult { RedeliverAfter = delay };
    }
}
