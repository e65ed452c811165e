namespace TursoWorld;

/// <summary>A durable sleep of a run.</summary>
public sealed record WorkflowWait
{
    /// <summary>The run that sleeps.</summary>
    public required string RunId { get; init; }

    /// <summary>Identifies the wait within its run.</summary>
    public required string WaitId { get; init; }

    /// <summary>Current status.</summary>
    public required WaitStatus Status { get; init; }

    /// <summary>When the run goes on. UTC, millisecond precision.</summary>
    public required DateTimeOffset ResumeAt { get; init; }

    /// <summary>When the run asked for the wait.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the end of the wait was recorded; null before, and when it was cancelled.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}
