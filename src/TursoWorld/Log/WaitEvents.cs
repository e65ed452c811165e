using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>Events about sleeps.</summary>
internal static class WaitEvents
{
    public static StoredEvent? Write(WorkflowEvent source) => source switch
    {
        WorkflowEvent.WaitCreated e => EventCodec.Make(e, "wait_created", e.WaitId, new() { ResumeAt = SqlTime.ToColumn(e.ResumeAt) }),
        WorkflowEvent.WaitCompleted e => EventCodec.Make(e, "wait_completed", e.WaitId, new() { ResumeAt = SqlTime.ToColumn(e.ResumeAt) }),
        WorkflowEvent.WaitCancelled e => EventCodec.Make(e, "wait_cancelled", e.WaitId),
        _ => null,
    };

    public static WorkflowEvent? Read(StoredEvent stored)
    {
        var (position, at, resumeAt) = (stored.Position, SqlTime.FromColumn(stored.CreatedAt), stored.Data.ResumeAt);
        return stored.Type switch
        {
            "wait_created" => new WorkflowEvent.WaitCreated(stored.Id, SqlTime.FromColumn(resumeAt ?? stored.CreatedAt))
            { Position = position, CreatedAt = at },
            "wait_completed" => new WorkflowEvent.WaitCompleted(stored.Id)
            { Position = position, CreatedAt = at, ResumeAt = SqlTime.FromColumn(resumeAt) },
            "wait_cancelled" => new WorkflowEvent.WaitCancelled(stored.Id) { Position = position, CreatedAt = at },
            _ => null,
        };
    }
}
