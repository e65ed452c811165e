using System.Diagnostics;
using System.Text.Json;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>An event as the columns of <c>workflow_events</c>, and back.</summary>
internal readonly record struct EventColumns(
    string Type, string? CorrelationId = null, EventData? Data = null, ReadOnlyMemory<byte>? Payload = null)
{
    public string? DataText => Data is null ? null : JsonSerializer.Serialize(Data, StorageJson.Default.EventData);

    public static EventColumns From(WorkflowEvent source) => source switch
    {
        WorkflowEvent.RunCreated e => new("run_created", Payload: e.Input),
        WorkflowEvent.RunStarted => new("run_started"),
        WorkflowEvent.RunCompleted e => new("run_completed", Payload: e.Output),
        WorkflowEvent.RunFailed e => new("run_failed", Payload: ToBytes(e.Error)),
        WorkflowEvent.StepCreated e => new("step_created", e.StepId, new() { StepName = e.StepName }),
        WorkflowEvent.StepStarted e => new("step_started", e.StepId, new() { Attempt = e.Attempt }),
        WorkflowEvent.StepCompleted e => new("step_completed", e.StepId, Payload: e.Output),
        WorkflowEvent.StepFailed e => new("step_failed", e.StepId, Payload: ToBytes(e.Error)),
        WorkflowEvent.StepRetrying e => new(
            "step_retrying",
            e.StepId,
            new() { Attempt = e.Attempt, RetryAfter = SqlTime.ToColumn(e.RetryAfter) },
            e.Error is null ? (ReadOnlyMemory<byte>?)null : ToBytes(e.Error)),
        WorkflowEvent.WaitCreated e => new("wait_created", e.WaitId, new() { ResumeAt = SqlTime.ToColumn(e.ResumeAt) }),
        WorkflowEvent.WaitCompleted e => new("wait_completed", e.WaitId),
        WorkflowEvent.HookCreated e => new("hook_created", e.HookId, new() { Token = e.Token }),
        WorkflowEvent.HookConflict e => new("hook_conflict", e.HookId, new() { Token = e.Token }),
        WorkflowEvent.HookReceived e => new("hook_received", e.HookId, Payload: e.Payload),
        _ => throw new UnreachableException(),
    };

    public static WorkflowEvent Read(
        long position, string type, string? correlationId, long createdAt, string? dataText, byte[]? payload)
    {
        var at = SqlTime.FromColumn(createdAt);
        var id = correlationId ?? "";
        var data = dataText is null ? new() : JsonSerializer.Deserialize(dataText, StorageJson.Default.EventData) ?? new();
        var bytes = SqlBytes.FromColumn(payload);
        return type switch
        {
            "run_created" => new WorkflowEvent.RunCreated(bytes) { Position = position, CreatedAt = at },
            "run_started" => new WorkflowEvent.RunStarted { Position = position, CreatedAt = at },
            "run_completed" => new WorkflowEvent.RunCompleted(bytes) { Position = position, CreatedAt = at },
            "run_failed" => new WorkflowEvent.RunFailed(ToError(payload)) { Position = position, CreatedAt = at },
            "step_created" => new WorkflowEvent.StepCreated(id, data.StepName ?? "") { Position = position, CreatedAt = at },
            "step_started" => new WorkflowEvent.StepStarted(id, data.Attempt ?? 1) { Position = position, CreatedAt = at },
            "step_completed" => new WorkflowEvent.StepCompleted(id, bytes) { Position = position, CreatedAt = at },
            "step_failed" => new WorkflowEvent.StepFailed(id, ToError(payload)) { Position = position, CreatedAt = at },
            "step_retrying" => new WorkflowEvent.StepRetrying(
                id, data.Attempt ?? 1, SqlTime.FromColumn(data.RetryAfter ?? createdAt), payload is null ? null : ToError(payload))
            { Position = position, CreatedAt = at },
            "wait_created" => new WorkflowEvent.WaitCreated(id, SqlTime.FromColumn(data.ResumeAt ?? createdAt))
            { Position = position, CreatedAt = at },
            "wait_completed" => new WorkflowEvent.WaitCompleted(id) { Position = position, CreatedAt = at },
            "hook_created" => new WorkflowEvent.HookCreated(id, data.Token ?? "") { Position = position, CreatedAt = at },
            "hook_conflict" => new WorkflowEvent.HookConflict(id, data.Token ?? "") { Position = position, CreatedAt = at },
            "hook_received" => new WorkflowEvent.HookReceived(id, bytes) { Position = position, CreatedAt = at },
            _ => throw new StorageException(
                ErrorCodes.DatabaseCorrupt,
                $"The log has an event of type '{type}', which this version does not know. Update the TursoWorld package.",
                isTransient: false),
        };
    }

    public static StructuredError ToError(byte[]? payload) =>
        payload is null ? NoError() : JsonSerializer.Deserialize(payload, StorageJson.Default.StructuredError) ?? NoError();

    private static byte[] ToBytes(StructuredError error) =>
        JsonSerializer.SerializeToUtf8Bytes(error, StorageJson.Default.StructuredError);

    private static StructuredError NoError() => new() { Code = ErrorCodes.UserError, Message = "No error was recorded." };
}
