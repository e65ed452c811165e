namespace TursoWorld;

/// <summary>How a message is sent.</summary>
public sealed record QueueOptions
{
    /// <summary>The longest delay of a message: 365 days.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(365);

    private const int LongestKey = 512;

    /// <summary>How long nobody gets the message, 0 to 365 days; milliseconds count. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The delay is out of that range.</exception>
    public TimeSpan Delay
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= MaxDelay
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A delay is between 0 and 365 days.");
    }

    /// <summary>
    /// Keeps the message from being sent twice: while a message of this queue with this key is waiting or being worked on,
    /// and for at least <c>WorldOptions.IdempotencyTtl</c> from when it was sent, sending again stores nothing and
    /// answers with its id. 1 to 512 characters. Default: none.
    /// </summary>
    /// <exception cref="ArgumentException">The key is empty or too long.</exception>
    public string? IdempotencyKey
    {
        get;
        init => field = value is not { Length: 0 or > LongestKey }
            ? value
            : throw new ArgumentException($"An idempotency key has 1 to {LongestKey} characters; this one has {value.Length}.", nameof(value));
    }

    /// <summary>
    /// Sent along with the message. Names are those of HTTP headers; values have no control characters, and no half of one.
    /// Default: none.
    /// </summary>
    /// <remarks>
    /// A message that is POSTed to <c>WorldOptions.BaseUrl</c> has them as headers, in UTF-8. Left out there is what the delivery
    /// says itself (<c>Content-Type</c>, <c>Content-Length</c>, <c>Host</c>, <c>x-vqs-queue-name</c>, <c>x-vqs-message-id</c>,
    /// <c>x-vqs-message-attempt</c>) and what belongs to the connection or the answer (<c>Accept-Encoding</c>,
    /// <c>Connection</c>, <c>Expect</c>, <c>Keep-Alive</c>, <c>Proxy-Connection</c>, <c>TE</c>, <c>Trailer</c>,
    /// <c>Transfer-Encoding</c>, <c>Upgrade</c>). A handler gets all of them.
    /// </remarks>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
