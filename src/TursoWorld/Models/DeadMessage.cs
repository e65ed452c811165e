namespace TursoWorld;

/// <summary>A message that failed too often. It stays until it is re-driven or deleted.</summary>
public sealed record DeadMessage
{
    /// <summary><c>msg_</c> followed by a ULID.</summary>
    public required string MessageId { get; init; }

    /// <summary>The queue it was sent to.</summary>
    public required string QueueName { get; init; }

    /// <summary>What was sent, byte for byte.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What was sent along; empty when nothing was.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Deliveries so far.</summary>
    public required int Attempt { get; init; }

    /// <summary>Failed deliveries and lapsed leases.</summary>
    public required int Failures { get; init; }

    /// <summary>When it was sent. UTC, millisecond precision.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was given up. UTC, millisecond precision.</summary>
    public required DateTimeOffset DeadAt { get; init; }
}
