namespace TursoWorld;

/// <summary>How an event is recorded, and what comes back.</summary>
public sealed record CreateEventOptions
{
    /// <summary>Whether what comes back has its payloads. Default: yes.</summary>
    public ResolveData ResolveData { get; init; } = ResolveData.All;

    /// <summary>When the event happened, if that is not now. It is stored, and nothing depends on it.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>
    /// Names the request in which the event is written, for those who look into the log: 1 to 256 characters. It is stored, and
    /// nothing depends on it.
    /// </summary>
    public string? RequestId { get; init; }

    /// <summary>
    /// A cursor of <see cref="IEventStore.ListAsync"/> in ascending order: the result then has what the log has behind it,
    /// the new event included. Null: no.
    /// </summary>
    public string? SinceCursor { get; init; }

    /// <summary>
    /// When the latest event was recorded that the caller has seen (<see cref="WorkflowEvent.CreatedAt"/>): the event is refused
    /// when a payload of a hook or the result of a step has been recorded later. Null: recorded whatever has come since. To the
    /// millisecond; of no effect where a run is stored.
    /// </summary>
    public DateTimeOffset? StateUpdatedAt { get; init; }

    /// <summary>Leaves out the log that starting a run returns along with it.</summary>
    public bool SkipPreload { get; init; }
}
