namespace TursoWorld;

/// <summary>A place where a run waits for a payload from outside. It exists from its registration until it is used up or its run ends.</summary>
public sealed record WorkflowHook
{
    /// <summary>The run that registered the hook.</summary>
    public required string RunId { get; init; }

    /// <summary>Identifies the hook within its run.</summary>
    public required string HookId { get; init; }

    /// <summary>The name under which the outside reaches the hook; unique among the hooks that exist.</summary>
    public required string Token { get; init; }

    /// <summary>Serialized metadata; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Metadata { get; init; }

    /// <summary>Whether requests from the web may reach it; null unless a foreign runtime said so.</summary>
    public bool? IsWebhook { get; init; }

    /// <summary>Whether it belongs to a foreign runtime itself; null unless that said so.</summary>
    public bool? IsSystem { get; init; }

    /// <summary>
    /// Version of the contract that the foreign runtime speaks which drives the run, and in which it expects payloads; null for
    /// runs of this library's runtime.
    /// </summary>
    public int? SpecVersion { get; init; }

    /// <summary>When the hook was registered. UTC, millisecond precision.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
