using System.Diagnostics;
using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>An event as the columns of <c>workflow_events</c>; <see cref="StoredEvent"/> is the way back.</summary>
internal readonly record struct EventColumns(
    string Type, string? CorrelationId = null, EventData? Data = null, ReadOnlyMemory<byte>? Payload = null)
{
    public string? DataText => Data is null ? null : JsonSerializer.Serialize(Data, StorageJson.Default.EventData);

    /// <summary>With what was given along with the event.</summary>
    public EventColumns With(CreateEventOptions options) => options is { OccurredAt: null, RequestId: null }
        ? this
        : this with
        {
            Data = (Data ?? EventData.Nothing) with { OccurredAt = SqlTime.ToColumn(options.OccurredAt), RequestId = options.RequestId },
        };

    /// <summary>An event that the runtime of this library writes.</summary>
    public static EventColumns From(WorkflowEvent source, PayloadCodecs codecs) => Plain(source).Encoded(codecs);

    /// <summary>An event that a foreign runtime writes.</summary>
    /// <exception cref="PayloadTooLargeException">Its payload has too many bytes.</exception>
    public static EventColumns From(WorkflowEventData source, PayloadCodecs codecs, int mostBytes)
    {
        var columns = Plain(source);
        return columns.Payload is { } payload && payload.Length > mostBytes
            ? throw new PayloadTooLargeException($"The payload of an event '{columns.Type}'", payload.Length, mostBytes)
            : columns.Encoded(codecs);
    }

    private static EventColumns Plain(WorkflowEvent source) => source switch
    {
        WorkflowEvent.RunCreated e => new(
            "run_created", Data: e.Attributes.Count == 0 ? null : new() { Attributes = e.Attributes }, Payload: e.Input),
        WorkflowEvent.RunStarted => new("run_started"),
        WorkflowEvent.RunCompleted { ContinuedToRunId: { } next } => new("run_completed", Data: new() { ContinuedToRunId = next }),
        WorkflowEvent.RunCompleted e => new("run_completed", Payload: e.Output),
        WorkflowEvent.RunFailed e => new("run_failed", Payload: ToBytes(e.Error)),
        WorkflowEvent.RunCancelled e => new("run_cancelled", Data: new() { CancelReason = e.Reason, ErrorCode = e.Code }),
        WorkflowEvent.AttributesSet e => new("attr_set", e.AttributeId, new() { Changes = e.Changes, IsByCode = e.IsByCode ? true : null }),
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
            },
            e.Input),
        WorkflowEvent.StepStarted e => new("step_started", e.StepId, new() { Attempt = e.Attempt }),
        WorkflowEvent.StepCompleted e => new("step_completed", e.StepId, Payload: e.Output),
        WorkflowEvent.StepFailed e => new("step_failed", e.StepId, Payload: ToBytes(e.Error)),
        WorkflowEvent.StepRetrying e => new(
            "step_retrying",
            e.StepId,
            new()
            {
                Attempt = e.Attempt,
                Interruptions = e.Interruptions == 0 ? null : e.Interruptions,
                RetryAfter = SqlTime.ToColumn(e.RetryAfter),
            },
            e.Error is null ? (ReadOnlyMemory<byte>?)null : ToBytes(e.Error)),
        WorkflowEvent.StepCancelled e => new("step_cancelled", e.StepId),
        WorkflowEvent.WaitCreated e => new("wait_created", e.WaitId, new() { ResumeAt = SqlTime.ToColumn(e.ResumeAt) }),
        WorkflowEvent.WaitCompleted e => new("wait_completed", e.WaitId),
        WorkflowEvent.WaitCancelled e => new("wait_cancelled", e.WaitId),
        WorkflowEvent.HookCreated e => new("hook_created", e.HookId, new() { Token = e.Token }),
        WorkflowEvent.HookConflict e => new("hook_conflict", e.HookId, new() { Token = e.Token }),
        WorkflowEvent.HookReceived e => new("hook_received", e.HookId, Payload: e.Payload),
        WorkflowEvent.HookDisposed e => new("hook_disposed", e.HookId),
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

    private static EventColumns Plain(WorkflowEventData source) => source switch
    {
        WorkflowEventData.RunCreated e => new(
            "run_created",
            Data: new()
            {
                DeploymentId = e.DeploymentId,
                ExecutionContext = e.ExecutionContext,
                Attributes = e.Attributes.Count == 0 ? null : e.Attributes,
            },
            Payload: e.Input),
        WorkflowEventData.RunStarted => new("run_started"),
        WorkflowEventData.RunCompleted e => new("run_completed", Payload: e.Output),
        WorkflowEventData.RunFailed e => new("run_failed", Data: new() { ErrorCode = e.ErrorCode }, Payload: e.Error),
        WorkflowEventData.RunCancelled e => new("run_cancelled", Data: new() { CancelReason = e.Reason }),
        WorkflowEventData.RunPaused => new("run_paused"),
        WorkflowEventData.RunResumed => new("run_resumed"),
        WorkflowEventData.AttributesSet e => new(
            "attr_set",
            e.AttributeId,
            new() { Changes = e.Changes, StepId = e.Writer.StepId, Attempt = e.Writer.Attempt }),
        WorkflowEventData.StepCreated e => new(
            "step_created", e.StepId, new() { StepName = e.StepName, WorkflowName = e.WorkflowName }, e.Input),
        WorkflowEventData.StepStarted e => new(
            "step_started",
            e.StepId,
            new() { OwnerMessageId = e.OwnerMessageId, StepName = e.StepName, WorkflowName = e.WorkflowName }),
        WorkflowEventData.StepCompleted e => new(
            "step_completed",
            e.StepId,
            Given(new() { Telemetry = e.Telemetry, StepName = e.StepName, WorkflowName = e.WorkflowName }),
            e.Output),
        WorkflowEventData.StepFailed e => new(
            "step_failed",
            e.StepId,
            Given(new() { Telemetry = e.Telemetry, StepName = e.StepName, WorkflowName = e.WorkflowName }),
            e.Error),
        WorkflowEventData.StepRetrying e => new(
            "step_retrying",
            e.StepId,
            new() { RetryAfter = SqlTime.ToColumn(e.RetryAfter), StepName = e.StepName, WorkflowName = e.WorkflowName },
            e.Error),
        WorkflowEventData.WaitCreated e => new("wait_created", e.WaitId, new() { ResumeAt = SqlTime.ToColumn(e.ResumeAt) }),
        WorkflowEventData.WaitCompleted e => new(
            "wait_completed", e.WaitId, Given(new() { ResumeAt = SqlTime.ToColumn(e.ResumeAt) })),
        WorkflowEventData.HookCreated e => new(
            "hook_created", e.HookId, new() { Token = e.Token, IsWebhook = e.IsWebhook, IsSystem = e.IsSystem }, e.Metadata),
        WorkflowEventData.HookReceived e => new("hook_received", e.HookId, Given(new() { Token = e.Token }), e.Payload),
        WorkflowEventData.HookDisposed e => new("hook_disposed", e.HookId, Given(new() { Token = e.Token })),
        _ => throw new UnreachableException(),
    };

    /// <summary>What a runtime may leave out altogether; then nothing is stored.</summary>
    private static EventData? Given(EventData data) => data == EventData.Nothing ? null : data;

    private EventColumns Encoded(PayloadCodecs codecs) =>
        Payload is null ? this : this with { Payload = codecs.Encode(Payload) };

    private static byte[] ToBytes(StructuredError error) =>
        JsonSerializer.SerializeToUtf8Bytes(error, StorageJson.Default.StructuredError);
}
