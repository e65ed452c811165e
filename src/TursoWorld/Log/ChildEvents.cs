using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>Events about children, in the logs of their parents.</summary>
internal static class ChildEvents
{
    public static StoredEvent? Write(WorkflowEvent source) => source switch
    {
        WorkflowEvent.ChildStarted e => EventCodec.Make(
            e,
            "child_started",
            e.ChildId,
            new()
            {
                RunId = e.RunId,
                WorkflowName = e.WorkflowName,
                WorkflowVersion = e.WorkflowVersion,
                ParentClosePolicy = StatusText.ToText(e.ParentClosePolicy),
            }),
        WorkflowEvent.ChildCancelled e => EventCodec.Make(e, "child_cancelled", e.ChildId),
        _ => null,
    };

    /// <summary>What the parent of a run is told about its end. The database knows which child of the parent the run is.</summary>
    /// <param name="ended">The event that ended the run, as it is stored.</param>
    /// <param name="runId">The run.</param>
    /// <param name="status">How it ended.</param>
    public static StoredEvent WriteEnd(StoredEvent ended, string runId, RunStatus status) => ended with
    {
        Type = "child_ended",
        Data = new EventData
        {
            RunId = runId,
            RunStatus = StatusText.ToText(status),
            ErrorCode = ended.Data.ErrorCode,
            CancelReason = ended.Data.CancelReason,
        },
    };

    public static WorkflowEvent? Read(StoredEvent stored)
    {
        var (position, at, data, childId) = (stored.Position, SqlTime.FromColumn(stored.CreatedAt), stored.Data, stored.Id);
        switch (stored.Type)
        {
            case "child_started":
                return new WorkflowEvent.ChildStarted(childId, data.RunId ?? "", data.WorkflowName ?? "", data.WorkflowVersion ?? 1)
                { Position = position, CreatedAt = at, ParentClosePolicy = StatusText.ToParentClosePolicy(data.ParentClosePolicy) };
            case "child_ended":
                var status = StatusText.ToRunStatus(data.RunStatus ?? "");
                return new WorkflowEvent.ChildEnded(childId, data.RunId ?? "", status)
                {
                    Position = position,
                    CreatedAt = at,
                    Output = status == RunStatus.Completed ? stored.Payload : null,
                    Error = status == RunStatus.Failed ? StoredError.Read(stored.Payload, data.ErrorCode) : null,
                    CancelReason = data.CancelReason,
                };
            case "child_cancelled":
                return new WorkflowEvent.ChildCancelled(childId) { Position = position, CreatedAt = at };
            default:
                return null;
        }
    }
}
