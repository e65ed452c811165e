using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Runs that a turn begins: their rows, the beginnings of their logs, and their messages, which nobody has claimed.</summary>
internal static class NewRuns
{
    /// <summary>Added in front of the event that says so. A child that was given up at once is no run at all.</summary>
    public static void AddChild(
        List<SqlStatement> statements, Turn turn, WorkflowEvent.ChildStarted started, PayloadCodecs codecs)
    {
        if (!turn.Runs.TryGetValue(started.RunId, out var child))
        {
            return;
        }

        statements.Add(new(
            RunSql.InsertChild,
            ("parent_run_key", turn.Message.RunKey),
            ("run_id", child.RunId),
            ("workflow_name", child.Workflow.Name),
            ("workflow_version", child.Workflow.Version),
            ("seed", IdGenerator.NewSeed()),
            ("attributes", AttributeText.OfNew(child.Attributes)),
            ("created_at", started.CreatedAt),
            ("retention_ms", (long?)child.Retention?.TotalMilliseconds)));
        AddBeginning(statements, child, continuedFrom: null, started.CreatedAt, codecs);
    }

    /// <summary>Added behind the end of the run that goes on as this one.</summary>
    public static void AddNext(List<SqlStatement> statements, Turn turn, string nextRunId, PayloadCodecs codecs)
    {
        var next = turn.Runs[nextRunId];
        var createdAt = turn.Events[^1].CreatedAt;
        statements.Add(new(
            RunSql.InsertNext,
            ("run_key", turn.Message.RunKey),
            ("run_id", next.RunId),
            ("workflow_version", next.Workflow.Version),
            ("seed", IdGenerator.NewSeed()),
            ("created_at", createdAt)));
        AddBeginning(statements, next, turn.RunId, createdAt, codecs);
        statements.Add(new(RunKeySql.Continue, ("run_id", turn.RunId), ("next_run_id", next.RunId)));
    }

    private static void AddBeginning(
        List<SqlStatement> statements, NewRun run, string? continuedFrom, DateTimeOffset createdAt, PayloadCodecs codecs)
    {
        statements.Add(new(AttributeSql.Insert, ("run_id", run.RunId)));
        statements.Add(new(
            EventSql.AppendInherited,
            ("run_id", run.RunId),
            ("created_at", createdAt),
            ("continued_from_run_id", continuedFrom),
            ("payload", codecs.Encode(run.Input))));
        statements.Add(new(
            QueueSql.Enqueue,
            ("run_id", run.RunId),
            ("message_id", IdGenerator.MessageIdOf(run.RunId)),
            ("queue_name", run.Workflow.QueueName),
            ("now", createdAt)));
    }
}
