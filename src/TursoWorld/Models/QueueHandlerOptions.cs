namespace TursoWorld;

/// <summary>How a handler of messages is called.</summary>
public sealed record QueueHandlerOptions
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(30);

    /// <summary>
    /// How long one delivery may take, by timers (a machine that sleeps stops them): more than 0, at most 30 days. Null, the default, sets no
    /// limit. The delivery then fails as if the handler had thrown, and its token fires. A handler that does not listen to the token goes on,
    /// and holds its place among <c>WorldOptions.Concurrency</c> until it returns; what it returns is ignored, and the next
    /// delivery of the message may begin beside it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range.</exception>
    public TimeSpan? Timeout
    {
        get;
        init => field = value is not { } timeout || (timeout > TimeSpan.Zero && timeout <= LongestTimeout)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The time limit of a handler is more than 0 and at most 30 days.");
    }
}
