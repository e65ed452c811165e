namespace TursoWorld;

/// <summary>A message in the hands of a receiver, until it is completed, released, or its visibility lapses.</summary>
public sealed record ReceivedMessage
{
    /// <summary><c>msg_</c> followed by a ULID. The same on every delivery.</summary>
    public required string MessageId { get; init; }

    /// <summary>The queue it was sent to.</summary>
    public required string QueueName { get; init; }

    /// <summary>What was sent, byte for byte.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What was sent along; empty when nothing was.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Which delivery this is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Deliveries that failed or lapsed before this one.</summary>
    public required int Failures { get; init; }

    /// <summary>Proves this delivery; another delivery of the message has another receipt.</summary>
    public required string Receipt { get; init; }
}
