namespace TursoWorld.Log;

/// <summary>An event as the log has it.</summary>
internal sealed record StoredEvent
{
    /// <summary>Where it stands in the log of its run; 0 before it is appended.</summary>
    public required long Position { get; init; }

    /// <summary>For example <c>step_created</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The step, wait, hook, child, change of attributes or key of the state that it is about; empty for the run itself.</summary>
    public string Id { get; init; } = "";

    /// <summary>Unix milliseconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>What else belongs to it.</summary>
    public EventData Data { get; init; } = EventData.Nothing;

    /// <summary>As codecs have left it; null for none.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }
}
