namespace TursoWorld.Benchmarks;

/// <summary>What a scenario found out: one number, measured one or more times.</summary>
internal sealed record Measurement
{
    public required string Id { get; init; }

    public required string What { get; init; }

    public required string Unit { get; init; }

    /// <summary>One value per repeat; the median is what counts.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    public RawLimit Raw { get; init; } = RawLimit.None;

    /// <summary>A raw limit that only this measurement is held against; it takes the place of <see cref="Raw"/>.</summary>
    public OwnRaw? OwnRaw { get; init; }

    public required Bar Bar { get; init; }

    public string? Note { get; init; }
}

/// <summary>What SQLite alone did, right before each repeat.</summary>
internal sealed record OwnRaw(string Name, IReadOnlyList<double> Values);
