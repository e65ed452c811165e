using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>What every way of ending a run writes, behind the event that ends it.</summary>
internal static class RunEnd
{
    public static void Add(
        List<SqlStatement> statements, long runKey, long messageKey, RunStatus status, DateTimeOffset completedAt)
    {
        statements.Add(new(
            RunSql.End, ("run_key", runKey), ("status", StatusText.ToText(status)), ("completed_at", completedAt)));
        statements.Add(new(StepSql.CancelOpen, ("run_key", runKey)));
        statements.Add(new(WaitSql.DeleteAll, ("run_key", runKey)));
        statements.Add(new(HookSql.DeleteAll, ("run_key", runKey)));
        statements.Add(new(QueueSql.Delete, ("message_key", messageKey)));
    }
}
