namespace TursoWorld;

/// <summary>How a message is sent.</summary>
public sealed record QueueOptions
{
    /// <summary>The longest delay of a message: 365 days.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(365);

    /// <summary>How long nobody gets the message, 0 to 365 days; milliseconds count. Default 0.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>
    /// Keeps the message from being sent twice: while a message of this queue with this key is waiting or being worked on,
    /// and for at least <c>WorldOptions.IdempotencyTtl</c> from when it was sent, sending again stores nothing and
    /// answers with its id. 1 to 512 characters. Default: none.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// Sent along with the message. Names are those of HTTP headers; values have no control characters. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
