namespace TursoWorld.LibSql.Protocol;

/// <summary>A request: steps, on a stream that is there already or on a new one.</summary>
internal sealed record WireBatch(IReadOnlyList<WireStep> Steps)
{
    /// <summary>Whose turn it is on a stream; null begins a new stream. A secret.</summary>
    public string? Baton { get; init; }

    /// <summary>Whether the stream ends with the request.</summary>
    public bool Closes { get; init; }

    /// <summary>How far a replica must have come before it answers; null: anything will do.</summary>
    public ulong? ReplicationIndex { get; init; }

    // The printed form of a record would show the baton.
    public override string ToString() => $"{Steps.Count} steps";
}
