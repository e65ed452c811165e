using System.Diagnostics;
using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>An event as the columns of <c>workflow_events</c>; <see cref="StoredEvent"/> is the way back.</summary>
internal readonly record struct EventColumns(
    string Type, string? CorrelationId = null, EventData? Data = null, ReadOnlyMemory<byte>? Payload = null)
{
    public string? DataText => Data is null ? null : JsonSerializer.Serialize(Data, StorageJson.Default.EventData);

    /// <exception cref="PayloadCodecException">A codec failed.</exception>
    public static EventColumns From(WorkflowEvent source, PayloadCodecs codecs)
    {
        var columns = Plain(source);
        return columns.Payload is null ? columns : columns with { Payload = codecs.Encode(columns.Payload) };
    }

    /// <summary>With its payload as it is.</summary>
    public static EventColumns Plain(WorkflowEvent source)
    {
        var columns = Columns(source);
        return source is { OccurredAt: null, RequestId: null } ? columns : columns with
        {
            Data = (columns.Data ?? EventData.Nothing) with { OccurredAt = SqlTime.ToColumn(source.OccurredAt), RequestId = source.RequestId },
        };
    }

    private static EventColumns Columns(WorkflowEvent source) => source switch
    {
        WorkflowEvent.RunCreated e => new(
            "run_created",
            Data: Given(new()
            {
                DeploymentId = e.DeploymentId,
                ExecutionContext = e.ExecutionContext,
                ContinuedFromRunId = e.ContinuedFromRunId,
                Attributes = e.Attributes.Count == 0 ? null : e.Attributes,
            }),
            Payload: e.Input),
        WorkflowEvent.RunStarted => new("run_started"),
        WorkflowEvent.RunCompleted { ContinuedToRunId: { } next } => new("run_completed", Data: new() { ContinuedToRunId = next }),
        WorkflowEvent.RunCompleted e => new("run_completed", Payload: e.Output),
        WorkflowEvent.RunFailed e => new("run_failed", Data: Given(new() { ErrorCode = e.Code }), Payload: Error(e, e.Error, e.ErrorPayload)),
        WorkflowEvent.RunCancelled e => new("run_cancelled", Data: new() { CancelReason = e.Reason, ErrorCode = e.Code }),
        WorkflowEvent.RunPaused => new("run_paused"),
        WorkflowEvent.RunResumed => new("run_resumed"),
        WorkflowEvent.AttributesSet e => new(
            "attr_set",
            e.AttributeId,
            new() { Changes = e.Changes, IsByCode = e.IsByCode ? true : null, StepId = e.Writer.StepId, Attempt = e.Writer.Attempt }),
        WorkflowEvent.StateSet e => new("state_set", e.Key, Payload: e.Value),
        WorkflowEvent.StepCreated e => new(
            "step_created",
            e.StepId,
            new()
            {
                StepName = e.StepName,
                Mode = e.Mode == StepMode.Queued ? EventData.Queued : null,
                AwaitsSlot = e.AwaitsSlot ? true : null,
                Options = e.Options,
                WorkflowName = e.WorkflowName,
            },
            e.Input),
        WorkflowEvent.StepStarted e => new(
            "step_started",
            e.StepId,
            new() { Attempt = e.Attempt, OwnerMessageId = e.OwnerMessageId, StepName = e.StepName, WorkflowName = e.WorkflowName }),
        WorkflowEvent.StepCompleted e => new(
            "step_completed",
            e.StepId,
            Given(new() { Telemetry = e.Telemetry, StepName = e.StepName, WorkflowName = e.WorkflowName }),
            e.Output),
        WorkflowEvent.StepFailed e => new(
            "step_failed",
            e.StepId,
            Given(new() { Telemetry = e.Telemetry, StepName = e.StepName, WorkflowName = e.WorkflowName }),
            Error(e, e.Error, e.ErrorPayload)),
        WorkflowEvent.StepRetrying e => new(
            "step_retrying",
            e.StepId,
            new()
            {
                Attempt = e.Attempt,
                Interruptions = e.Interruptions == 0 ? null : e.Interruptions,
                RetryAfter = SqlTime.ToColumn(e.RetryAfter),
                StepName = e.StepName,
                WorkflowName = e.WorkflowName,
            },
            Error(e, e.Error, e.ErrorPayload)),
        WorkflowEvent.StepCancelled e => new("step_cancelled", e.StepId),
        WorkflowEvent.WaitCreated e => new("wait_created", e.WaitId, new() { ResumeAt = SqlTime.ToColumn(e.ResumeAt) }),
        WorkflowEvent.WaitCompleted e => new("wait_completed", e.WaitId, Given(new() { ResumeAt = SqlTime.ToColumn(e.ResumeAt) })),
        WorkflowEvent.WaitCancelled e => new("wait_cancelled", e.WaitId),
        WorkflowEvent.HookCreated e => new(
            "hook_created", e.HookId, new() { Token = e.Token, IsWebhook = e.IsWebhook, IsSystem = e.IsSystem }, e.Metadata),
        WorkflowEvent.HookConflict e => new("hook_conflict", e.HookId, new() { Token = e.Token, ConflictingRunId = e.ConflictingRunId }),
        WorkflowEvent.HookReceived e => new("hook_received", e.HookId, Given(new() { Token = e.Token }), e.Payload),
        WorkflowEvent.HookDisposed e => new("hook_disposed", e.HookId, Given(new() { Token = e.Token })),
        WorkflowEvent.ChildStarted e => new(
            "child_started",
            e.ChildId,
            new()
            {
                RunId = e.RunId,
                WorkflowName = e.WorkflowName,
                WorkflowVersion = e.WorkflowVersion,
                ParentClosePolicy = StatusText.ToText(e.ParentClosePolicy),
            }),
        WorkflowEvent.ChildCancelled e => new("child_cancelled", e.ChildId),
        _ => throw new UnreachableException(),
    };

    /// <summary>What may be left out altogether; then nothing is stored.</summary>
    private static EventData? Given(EventData data) => data == EventData.Nothing ? null : data;

    private static ReadOnlyMemory<byte>? Error(WorkflowEvent source, StructuredError? error, ReadOnlyMemory<byte>? written) =>
        source.IsForeign ? written
        : error is null ? null
        : JsonSerializer.SerializeToUtf8Bytes(error, StorageJson.Default.StructuredError);
}
