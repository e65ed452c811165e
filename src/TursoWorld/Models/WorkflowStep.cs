namespace TursoWorld;

/// <summary>One call of a step by a run, with all its attempts.</summary>
public sealed record WorkflowStep
{
    /// <summary>The run that asked for the step.</summary>
    public required string RunId { get; init; }

    /// <summary>Identifies the step within its run; steps of our runtime are numbered in the order they are asked for.</summary>
    public required string StepId { get; init; }

    /// <summary>
    /// Name given in the workflow's code, with <c>#1</c>, <c>#2</c>, … behind it from its second use in the run on. Steps of a
    /// foreign runtime may share a name.
    /// </summary>
    public required string StepName { get; init; }

    /// <summary>Current status.</summary>
    public required StepStatus Status { get; init; }

    /// <summary>Attempts recorded so far; 0 before the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>Who executes the step; <see cref="StepMode.Inline"/> for steps of a foreign runtime, whoever that is.</summary>
    public StepMode Mode { get; init; }

    /// <summary>Serialized input; null for steps of this library's runtime that have no definition: their code holds its inputs.</summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>Serialized result; present when <see cref="Status"/> is <see cref="StepStatus.Completed"/> and the step has one.</summary>
    public ReadOnlyMemory<byte>? Output { get; init; }

    /// <summary>Error of the latest failed attempt, unless the step completed later.</summary>
    public StructuredError? Error { get; init; }

    /// <summary>That error as it was written, in the format of the runtime that wrote it.</summary>
    public ReadOnlyMemory<byte>? ErrorPayload { get; init; }

    /// <summary>
    /// What the step reported last with <see cref="StepContext.HeartbeatAsync{T}"/>, serialized; null when it reported nothing, and
    /// once it has completed.
    /// </summary>
    public ReadOnlyMemory<byte>? Progress { get; init; }

    /// <summary>When the step last reported that it is alive; null when it did not, and once it has completed.</summary>
    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>When the next attempt is due; null when it may begin at once, and unless the step waits for one.</summary>
    public DateTimeOffset? RetryAfter { get; init; }

    /// <summary>When the run asked for the step. UTC, millisecond precision.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the first attempt was recorded; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the step ended; null before, and when it was cancelled.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}
