using System.Collections.ObjectModel;
using System.Text.Json;

namespace TursoWorld;

/// <summary>One execution of a workflow.</summary>
public sealed record WorkflowRun
{
    /// <summary><c>wrun_</c> followed by a ULID.</summary>
    public required string RunId { get; init; }

    /// <summary>Name the workflow was registered under.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>Version of the workflow that the run started with and keeps.</summary>
    public required int WorkflowVersion { get; init; }

    /// <summary>
    /// Version of the contract that the foreign runtime speaks which drives the run; null for runs of this library's runtime.
    /// </summary>
    public int? SpecVersion { get; init; }

    /// <summary>The deployment that a foreign runtime pinned the run to; null when there is none.</summary>
    public string? DeploymentId { get; init; }

    /// <summary>What a foreign runtime keeps about the run, a JSON value; null when there is none.</summary>
    public JsonElement? ExecutionContext { get; init; }

    /// <summary>What the run can be found by: names and values, set by whoever drives the run.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The run that began this one as its child; null when there is none. It may have been deleted since.</summary>
    public string? ParentRunId { get; init; }

    /// <summary>The run at the top, from which this one descends; null when it has no parent. It may have been deleted since.</summary>
    public string? RootRunId { get; init; }

    /// <summary>The run that ended and goes on as this one; null when there is none. It may have been deleted since.</summary>
    public string? ContinuedFromRunId { get; init; }

    /// <summary>The run that goes on in place of this one, and has or will have its result; null when there is none.</summary>
    public string? ContinuedToRunId { get; init; }

    /// <summary>Current status.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Serialized input; null when the workflow takes none.</summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>
    /// Serialized result; present exactly when <see cref="Status"/> is <see cref="RunStatus.Completed"/> and no other run goes on in
    /// place of this one.
    /// </summary>
    public ReadOnlyMemory<byte>? Output { get; init; }

    /// <summary>Why the run failed; present exactly when <see cref="Status"/> is <see cref="RunStatus.Failed"/>.</summary>
    public StructuredError? Error { get; init; }

    /// <summary>The error as it was written, in the format of the runtime that wrote it.</summary>
    public ReadOnlyMemory<byte>? ErrorPayload { get; init; }

    /// <summary>
    /// Why the run has no result, as a stable code: that of <see cref="Error"/> when it failed; when it was cancelled,
    /// <c>WORKFLOW_CANCELLED</c> if the workflow itself did it, else <c>RUN_CANCELLED</c>.
    /// </summary>
    public string? ErrorCode { get; init; }

    /// <summary>Why the run was cancelled, if whoever cancelled it said so.</summary>
    public string? CancelReason { get; init; }

    /// <summary>
    /// Why the run does not go on although it is not over: its code no longer fits its log (cleared by the next turn that succeeds);
    /// or the run, one of its queued steps or one of its children has been due for 30 seconds, and no process has taken it up.
    /// </summary>
    public string? BlockedReason { get; init; }

    /// <summary>When the run was created. UTC, millisecond precision.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the first turn was taken; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the run ended; null before.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}
