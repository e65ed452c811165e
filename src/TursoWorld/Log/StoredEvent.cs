using System.Collections.ObjectModel;
using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>A row of <c>workflow_events</c>.</summary>
internal sealed class StoredEvent
{
    public long position { get; init; }
    public required string event_type { get; init; }
    public string? correlation_id { get; init; }
    public long created_at { get; init; }
    public string? data { get; init; }
    public byte[]? payload { get; init; }

    /// <summary>The payload as it was before it was stored.</summary>
    private ReadOnlyMemory<byte>? Payload { get; set; }

    public WorkflowEvent ToEvent(PayloadCodecs codecs)
    {
        Payload = codecs.Decode(payload);
        var more = ReadData(data);
        var read = event_type switch
        {
            ['r', 'u', 'n', '_', ..] or "attr_set" or "state_set" => ReadRunEvent(more),
            ['s', 't', 'e', 'p', '_', ..] => ReadStepEvent(more),
            ['c', 'h', 'i', 'l', 'd', '_', ..] => ReadChildEvent(more),
            _ => ReadWaitOrHookEvent(more),
        };
        return more is { OccurredAt: null, RequestId: null }
            ? read
            : read with { OccurredAt = SqlTime.FromColumn(more.OccurredAt), RequestId = more.RequestId };
    }

    /// <summary>Without its payload.</summary>
    public LogEntry ToEntry() => new(position, event_type, correlation_id ?? "", created_at, ReadData(data), payload is not null);

    /// <exception cref="StorageException">It is not what this library writes.</exception>
    public static EventData ReadData(string? text)
    {
        try
        {
            return text is null ? EventData.Nothing : JsonSerializer.Deserialize(text, StorageJson.Default.EventData) ?? new();
        }
        catch (JsonException exception)
        {
            throw new StorageException(
                ErrorCodes.DatabaseCorrupt,
                "The data of an event in the log cannot be read. CheckIntegrityAsync names the run and the position.",
                isTransient: false,
                exception);
        }
    }

    private WorkflowEvent ReadRunEvent(EventData more)
    {
        var at = SqlTime.FromColumn(created_at);
        return event_type switch
        {
            "run_created" => new WorkflowEvent.RunCreated(Payload)
            {
                Position = position,
                CreatedAt = at,
                DeploymentId = more.DeploymentId,
                ExecutionContext = more.ExecutionContext,
                Attributes = more.Attributes ?? ReadOnlyDictionary<string, string>.Empty,
                ContinuedFromRunId = more.ContinuedFromRunId,
            },
            "run_started" => new WorkflowEvent.RunStarted { Position = position, CreatedAt = at },
            "run_completed" => new WorkflowEvent.RunCompleted(Payload)
            { Position = position, CreatedAt = at, ContinuedToRunId = more.ContinuedToRunId },
            "run_failed" => new WorkflowEvent.RunFailed(StoredError.Read(Payload, more.ErrorCode))
            { Position = position, CreatedAt = at, ErrorPayload = Payload },
            "run_cancelled" => new WorkflowEvent.RunCancelled(more.CancelReason)
            { Position = position, CreatedAt = at, Code = more.ErrorCode },
            "run_paused" => new WorkflowEvent.RunPaused { Position = position, CreatedAt = at },
            "run_resumed" => new WorkflowEvent.RunResumed { Position = position, CreatedAt = at },
            "attr_set" => new WorkflowEvent.AttributesSet(
                more.Changes ?? ReadOnlyDictionary<string, string?>.Empty, new AttributeWriter(more.StepId, more.Attempt))
            { Position = position, CreatedAt = at, AttributeId = correlation_id, IsByCode = more.IsByCode == true },
            "state_set" => new WorkflowEvent.StateSet(correlation_id ?? "", Payload) { Position = position, CreatedAt = at },
            _ => throw Unknown(),
        };
    }

    private WorkflowEvent ReadStepEvent(EventData more)
    {
        var at = SqlTime.FromColumn(created_at);
        var stepId = correlation_id ?? "";
        return event_type switch
        {
            "step_created" => new WorkflowEvent.StepCreated(stepId, more.StepName ?? "")
            {
                Position = position,
                CreatedAt = at,
                Input = Payload,
                Mode = more.StepMode,
                AwaitsSlot = more.AwaitsSlot == true,
                Options = more.Options,
                WorkflowName = more.WorkflowName,
            },
            "step_started" => new WorkflowEvent.StepStarted(stepId, more.Attempt ?? 1)
            {
                Position = position,
                CreatedAt = at,
                OwnerMessageId = more.OwnerMessageId,
                StepName = more.StepName,
                WorkflowName = more.WorkflowName,
            },
            "step_completed" => new WorkflowEvent.StepCompleted(stepId, Payload)
            {
                Position = position,
                CreatedAt = at,
                Telemetry = more.Telemetry,
                StepName = more.StepName,
                WorkflowName = more.WorkflowName,
            },
            "step_failed" => new WorkflowEvent.StepFailed(stepId, StoredError.Read(Payload))
            {
                Position = position,
                CreatedAt = at,
                ErrorPayload = Payload,
                Telemetry = more.Telemetry,
                StepName = more.StepName,
                WorkflowName = more.WorkflowName,
            },
            "step_retrying" => new WorkflowEvent.StepRetrying(
                stepId, more.Attempt ?? 1, SqlTime.FromColumn(more.RetryAfter), Payload is null ? null : StoredError.Read(Payload))
            {
                Position = position,
                CreatedAt = at,
                ErrorPayload = Payload,
                Interruptions = more.Interruptions ?? 0,
                StepName = more.StepName,
                WorkflowName = more.WorkflowName,
            },
            "step_cancelled" => new WorkflowEvent.StepCancelled(stepId) { Position = position, CreatedAt = at },
            _ => throw Unknown(),
        };
    }

    private WorkflowEvent ReadWaitOrHookEvent(EventData more)
    {
        var at = SqlTime.FromColumn(created_at);
        var id = correlation_id ?? "";
        return event_type switch
        {
            "wait_created" => new WorkflowEvent.WaitCreated(id, SqlTime.FromColumn(more.ResumeAt ?? created_at))
            { Position = position, CreatedAt = at },
            "wait_completed" => new WorkflowEvent.WaitCompleted(id)
            { Position = position, CreatedAt = at, ResumeAt = SqlTime.FromColumn(more.ResumeAt) },
            "wait_cancelled" => new WorkflowEvent.WaitCancelled(id) { Position = position, CreatedAt = at },
            "hook_created" => new WorkflowEvent.HookCreated(id, more.Token ?? "")
            { Position = position, CreatedAt = at, Metadata = Payload, IsWebhook = more.IsWebhook, IsSystem = more.IsSystem },
            "hook_conflict" => new WorkflowEvent.HookConflict(id, more.Token ?? "")
            { Position = position, CreatedAt = at, ConflictingRunId = more.ConflictingRunId },
            "hook_received" => new WorkflowEvent.HookReceived(id, Payload) { Position = position, CreatedAt = at, Token = more.Token },
            "hook_disposed" => new WorkflowEvent.HookDisposed(id) { Position = position, CreatedAt = at, Token = more.Token },
            _ => throw Unknown(),
        };
    }

    private WorkflowEvent ReadChildEvent(EventData more)
    {
        var at = SqlTime.FromColumn(created_at);
        var childId = correlation_id ?? "";
        switch (event_type)
        {
            case "child_started":
                return new WorkflowEvent.ChildStarted(childId, more.RunId ?? "", more.WorkflowName ?? "", more.WorkflowVersion ?? 1)
                { Position = position, CreatedAt = at, ParentClosePolicy = StatusText.ToParentClosePolicy(more.ParentClosePolicy) };
            case "child_ended":
                var status = StatusText.ToRunStatus(more.RunStatus ?? "");
                return new WorkflowEvent.ChildEnded(childId, more.RunId ?? "", status)
                {
                    Position = position,
                    CreatedAt = at,
                    Output = status == RunStatus.Completed ? Payload : null,
                    Error = status == RunStatus.Failed ? StoredError.Read(Payload, more.ErrorCode) : null,
                    CancelReason = more.CancelReason,
                };
            case "child_cancelled":
                return new WorkflowEvent.ChildCancelled(childId) { Position = position, CreatedAt = at };
            default:
                throw Unknown();
        }
    }

    private StorageException Unknown() => new(
        ErrorCodes.DatabaseCorrupt,
        $"The log has an event of type '{event_type}', which this version does not know. Update the TursoWorld package.",
        isTransient: false);
}
