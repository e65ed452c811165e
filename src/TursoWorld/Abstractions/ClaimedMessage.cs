namespace TursoWorld.Abstractions;

/// <summary>A message in the hands of this process. Key and token together prove the claim.</summary>
internal sealed record ClaimedMessage
{
    public required long MessageKey { get; init; }

    public required string MessageId { get; init; }

    /// <summary>The run it drives; 0 for a plain message.</summary>
    public required long RunKey { get; init; }

    /// <summary>The step of that run which it is; null when it is the run itself, or a plain message.</summary>
    public string? StepId { get; init; }

    public required string LeaseToken { get; init; }

    /// <summary>Wake-ups counted when the message was claimed.</summary>
    public required long Wakes { get; init; }

    /// <summary>Deliveries, this one included.</summary>
    public required int Attempt { get; init; }

    /// <summary>Deliveries that failed since the last turn of the run.</summary>
    public required int Failures { get; init; }

    /// <summary>Deliveries in a row whose process died, or hung.</summary>
    public int Interruptions { get; init; }

    /// <summary>Whether it was claimed before there was a slot for it: nobody begins on it before it has one.</summary>
    public bool IsAhead { get; init; }

    /// <summary>How it may be taken up.</summary>
    public Lane Lane { get; init; }
}
