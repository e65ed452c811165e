using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>Events about steps.</summary>
internal static class StepEvents
{
    public static StoredEvent? Write(WorkflowEvent source) => source switch
    {
        WorkflowEvent.StepCreated e => EventCodec.Make(
            e,
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
        WorkflowEvent.StepStarted e => EventCodec.Make(
            e,
            "step_started",
            e.StepId,
            new() { Attempt = e.Attempt, OwnerMessageId = e.OwnerMessageId, StepName = e.StepName, WorkflowName = e.WorkflowName }),
        WorkflowEvent.StepCompleted { Telemetry: null, StepName: null, WorkflowName: null } e => EventCodec.Make(
            e, "step_completed", e.StepId, payload: e.Output),
        WorkflowEvent.StepCompleted e => EventCodec.Make(
            e, "step_completed", e.StepId, new() { Telemetry = e.Telemetry, StepName = e.StepName, WorkflowName = e.WorkflowName }, e.Output),
        WorkflowEvent.StepFailed e => EventCodec.Make(
            e,
            "step_failed",
            e.StepId,
            new() { Telemetry = e.Telemetry, StepName = e.StepName, WorkflowName = e.WorkflowName },
            EventCodec.WriteError(e, e.Error, e.ErrorPayload)),
        WorkflowEvent.StepRetrying e => EventCodec.Make(
            e,
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
            EventCodec.WriteError(e, e.Error, e.ErrorPayload)),
        WorkflowEvent.StepCancelled e => EventCodec.Make(e, "step_cancelled", e.StepId),
        _ => null,
    };

    public static WorkflowEvent? Read(StoredEvent stored)
    {
        var (position, at, data, stepId) = (stored.Position, SqlTime.FromColumn(stored.CreatedAt), stored.Data, stored.Id);
        return stored.Type switch
        {
            "step_created" => new WorkflowEvent.StepCreated(stepId, data.StepName ?? "")
            {
                Position = position,
                CreatedAt = at,
                Input = stored.Payload,
                Mode = data.StepMode,
                AwaitsSlot = data.AwaitsSlot == true,
                Options = data.Options,
                WorkflowName = data.WorkflowName,
            },
            "step_started" => new WorkflowEvent.StepStarted(stepId, data.Attempt ?? 1)
            {
                Position = position,
                CreatedAt = at,
                OwnerMessageId = data.OwnerMessageId,
                StepName = data.StepName,
                WorkflowName = data.WorkflowName,
            },
            "step_completed" => new WorkflowEvent.StepCompleted(stepId, stored.Payload)
            {
                Position = position,
                CreatedAt = at,
                Telemetry = data.Telemetry,
                StepName = data.StepName,
                WorkflowName = data.WorkflowName,
            },
            "step_failed" => new WorkflowEvent.StepFailed(stepId, StoredError.Read(stored.Payload))
            {
                Position = position,
                CreatedAt = at,
                ErrorPayload = stored.Payload,
                Telemetry = data.Telemetry,
                StepName = data.StepName,
                WorkflowName = data.WorkflowName,
            },
            "step_retrying" => new WorkflowEvent.StepRetrying(
                stepId,
                data.Attempt ?? 1,
                SqlTime.FromColumn(data.RetryAfter),
                stored.Payload is null ? null : StoredError.Read(stored.Payload))
            {
                Position = position,
                CreatedAt = at,
                ErrorPayload = stored.Payload,
                Interruptions = data.Interruptions ?? 0,
                StepName = data.StepName,
                WorkflowName = data.WorkflowName,
            },
            "step_cancelled" => new WorkflowEvent.StepCancelled(stepId) { Position = position, CreatedAt = at },
            _ => null,
        };
    }
}
