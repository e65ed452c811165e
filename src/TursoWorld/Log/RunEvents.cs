using System.Collections.ObjectModel;
using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>Events about the run itself.</summary>
internal static class RunEvents
{
    public static StoredEvent? Write(WorkflowEvent source) => source switch
    {
        WorkflowEvent.RunCreated e => EventCodec.Make(
            e,
            "run_created",
            id: null,
            new()
            {
                DeploymentId = e.DeploymentId,
                ExecutionContext = e.ExecutionContext,
                ContinuedFromRunId = e.ContinuedFromRunId,
                Attributes = e.Attributes.Count == 0 ? null : e.Attributes,
            },
            e.Input),
        WorkflowEvent.RunStarted => EventCodec.Make(source, "run_started", id: null),
        WorkflowEvent.RunCompleted e => EventCodec.Make(
            e, "run_completed", id: null, new() { ContinuedToRunId = e.ContinuedToRunId }, e.Output),
        WorkflowEvent.RunFailed e => EventCodec.Make(
            e, "run_failed", id: null, new() { ErrorCode = e.Code }, EventCodec.WriteError(e, e.Error, e.ErrorPayload)),
        WorkflowEvent.RunCancelled e => EventCodec.Make(
            e, "run_cancelled", id: null, new() { CancelReason = e.Reason, ErrorCode = e.Code }),
        WorkflowEvent.RunPaused => EventCodec.Make(source, "run_paused", id: null),
        WorkflowEvent.RunResumed => EventCodec.Make(source, "run_resumed", id: null),
        _ => null,
    };

    public static WorkflowEvent? Read(StoredEvent stored)
    {
        var (position, at, data) = (stored.Position, SqlTime.FromColumn(stored.CreatedAt), stored.Data);
        return stored.Type switch
        {
            "run_created" => new WorkflowEvent.RunCreated(stored.Payload)
            {
                Position = position,
                CreatedAt = at,
                DeploymentId = data.DeploymentId,
                ExecutionContext = data.ExecutionContext,
                ContinuedFromRunId = data.ContinuedFromRunId,
                Attributes = data.Attributes ?? ReadOnlyDictionary<string, string>.Empty,
            },
            "run_started" => new WorkflowEvent.RunStarted { Position = position, CreatedAt = at },
            "run_completed" => new WorkflowEvent.RunCompleted(stored.Payload)
            { Position = position, CreatedAt = at, ContinuedToRunId = data.ContinuedToRunId },
            "run_failed" => new WorkflowEvent.RunFailed(StoredError.Read(stored.Payload, data.ErrorCode))
            { Position = position, CreatedAt = at, ErrorPayload = stored.Payload },
            "run_cancelled" => new WorkflowEvent.RunCancelled(data.CancelReason)
            { Position = position, CreatedAt = at, Code = data.ErrorCode },
            "run_paused" => new WorkflowEvent.RunPaused { Position = position, CreatedAt = at },
            "run_resumed" => new WorkflowEvent.RunResumed { Position = position, CreatedAt = at },
            _ => null,
        };
    }
}
