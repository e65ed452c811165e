namespace TursoWorld;

/// <summary>How many plain messages a queue has.</summary>
public sealed record QueueDepth
{
    /// <summary>The name of the queue.</summary>
    public required string QueueName { get; init; }

    /// <summary>Messages that are due and that nobody has.</summary>
    public required int Ready { get; init; }

    /// <summary>Messages that are due later: sent with a delay, asked for again, or backing off.</summary>
    public required int Delayed { get; init; }

    /// <summary>Messages that a handler or a receiver has.</summary>
    public required int InFlight { get; init; }

    /// <summary>Messages that failed too often.</summary>
    public required int Dead { get; init; }

    /// <summary>How long ago the oldest message that is not dead was sent; zero when there is none.</summary>
    public required TimeSpan OldestAge { get; init; }
}
