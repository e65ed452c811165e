namespace TursoWorld;

/// <summary>Something that the code of a run remembers by name: see <see cref="WorkflowState"/>.</summary>
public sealed record StateEntry
{
    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>The name.</summary>
    public required string Key { get; init; }

    /// <summary>The serialized value; null when it was read without payloads.</summary>
    public ReadOnlyMemory<byte>? Value { get; init; }

    /// <summary>The event in the log of the run that set it.</summary>
    public required long Position { get; init; }

    /// <summary>When it was set to this value. UTC, millisecond precision.</summary>
    public required DateTimeOffset SetAt { get; init; }
}
