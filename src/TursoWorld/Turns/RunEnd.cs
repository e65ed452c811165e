using TursoWorld.Abstractions;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>What every way of ending a run writes, behind the event that ends it.</summary>
internal static class RunEnd
{
    /// <summary>By its owner, who knows its message and what is left of it.</summary>
    public static void Add(
        List<SqlStatement> statements,
        long runKey,
        long messageKey,
        RunStatus status,
        DateTimeOffset completedAt,
        RunLeftovers leftovers)
    {
        AddEnd(statements, runKey, status, completedAt, leftovers);
        statements.Add(new(QueueSql.Delete, ("message_key", messageKey)));
    }

    /// <summary>From outside.</summary>
    public static void Add(List<SqlStatement> statements, long runKey, RunStatus status, DateTimeOffset completedAt)
    {
        AddEnd(statements, runKey, status, completedAt, RunLeftovers.All);
        statements.Add(new(QueueSql.DeleteOfRun, ("run_key", runKey)));
    }

    private static void AddEnd(
        List<SqlStatement> statements, long runKey, RunStatus status, DateTimeOffset completedAt, RunLeftovers leftovers)
    {
        statements.Add(new(
            RunSql.End, ("run_key", runKey), ("status", StatusText.ToText(status)), ("completed_at", completedAt)));
        AddIf(RunLeftovers.OpenSteps, StepSql.CancelOpen);
        AddIf(RunLeftovers.StepMessages, StepMessageSql.DeleteSteps);
        AddIf(RunLeftovers.Waits, WaitSql.DeleteAll);
        AddIf(RunLeftovers.Hooks, HookSql.DeleteAll);

        void AddIf(RunLeftovers what, string text)
        {
            if (leftovers.HasFlag(what))
            {
                statements.Add(new(text, ("run_key", runKey)));
            }
        }
    }
}
