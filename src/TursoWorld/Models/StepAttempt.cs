namespace TursoWorld;

/// <summary>One attempt of a step, as the log of its run tells it.</summary>
public sealed record StepAttempt
{
    /// <summary>Its number, counted from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Current status.</summary>
    public required StepAttemptStatus Status { get; init; }

    /// <summary>When it was recorded. UTC, millisecond precision.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When its end was recorded; null while it runs, and when it was interrupted, because nobody knows then.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>
    /// Why it failed. An interrupted attempt has an error when it was the last one that the policy allowed.
    /// </summary>
    public StructuredError? Error { get; init; }

    /// <summary>The error as it was written, in the format of the runtime that wrote it.</summary>
    public ReadOnlyMemory<byte>? ErrorPayload { get; init; }
}
