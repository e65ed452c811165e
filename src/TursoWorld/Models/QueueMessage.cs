namespace TursoWorld;

/// <summary>A plain message as its handler gets it.</summary>
public sealed record QueueMessage
{
    /// <summary><c>msg_</c> followed by a ULID. The same on every delivery.</summary>
    public required string MessageId { get; init; }

    /// <summary>The queue it was sent to.</summary>
    public required string QueueName { get; init; }

    /// <summary>What was sent, byte for byte.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What was sent along; empty when nothing was.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Which delivery this is, from 1. A delivery that a shutdown cut short does not count.</summary>
    public required int Attempt { get; init; }
}
