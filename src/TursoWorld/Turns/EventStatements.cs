using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>The statements that append one event, and what it changes outside the log.</summary>
internal static class EventStatements
{
    /// <param name="statements">Gets the statements.</param>
    /// <param name="runKey">The run.</param>
    /// <param name="source">The event.</param>
    /// <param name="position">Where it stands; null for wherever the log ends.</param>
    /// <param name="codecs">What its payload goes through.</param>
    /// <param name="now">When a message becomes due: the log may be ahead of the clock.</param>
    /// <returns>The index of the statement that returns position, instant, type and data of the event; null when there is none.</returns>
    public static int? Add(
        List<SqlStatement> statements, long runKey, WorkflowEvent source, long? position, PayloadCodecs codecs, DateTimeOffset now) =>
        Add(statements, runKey, source, EventColumns.From(source, codecs), position, now);

    /// <inheritdoc cref="Add(List{SqlStatement}, long, WorkflowEvent, long?, PayloadCodecs, DateTimeOffset)"/>
    /// <param name="columns">The event as it is stored.</param>
    public static int? Add(
        List<SqlStatement> statements, long runKey, WorkflowEvent source, in EventColumns columns, long? position, DateTimeOffset now)
    {
        if (source is WorkflowEvent.HookCreated hook)
        {
            statements.Add(new(
                HookSql.Insert, ("run_key", runKey), ("hook_id", hook.HookId), ("token", hook.Token), ("once", hook.IsForeign ? 0 : 1)));
        }

        var append = Append(runKey, source, columns, position);
        statements.Add(append);
        var index = statements.Count - 1;
        AddEffects(statements, runKey, source, now);
        return append.Text == EventSql.AppendAt ? null : index;
    }

    private static SqlStatement Append(long runKey, WorkflowEvent source, in EventColumns columns, long? position)
    {
        (string Name, SqlValue Value)[] arguments =
        [
            ("run_key", runKey),
            ("correlation_id", columns.CorrelationId),
            ("created_at", source.CreatedAt),
            ("data", columns.DataText),
            ("payload", columns.Payload),
        ];
        return source switch
        {
            WorkflowEvent.HookCreated hook => new(EventSql.AppendHook, [.. arguments, ("token", hook.Token)]),
            _ when position is not null => new(EventSql.AppendAt, [.. arguments, ("event_type", columns.Type), ("position", position)]),
            _ => new(EventSql.AppendNext, [.. arguments, ("event_type", columns.Type)]),
        };
    }

    private static void AddEffects(List<SqlStatement> statements, long runKey, WorkflowEvent source, DateTimeOffset now)
    {
        switch (source)
        {
            case WorkflowEvent.RunStarted:
                statements.Add(new(RunSql.Start, ("run_key", runKey)));
                break;
            case WorkflowEvent.RunPaused:
                statements.Add(new(RunSql.Pause, ("run_key", runKey)));
                break;
            case WorkflowEvent.RunResumed:
                statements.Add(new(RunSql.Resume, ("run_key", runKey)));
                statements.Add(new(StepMessageSql.ResumeSteps, ("run_key", runKey), ("now", now)));
                break;
            case WorkflowEvent.AttributesSet e:
                statements.AddRange(
                    from text in new[] { AttributeSql.Remove, RunSql.SetAttributes, AttributeSql.Set }
                    select new SqlStatement(text, ("run_key", runKey), ("changes", AttributeText.Of(e.Changes))));
                break;
            case WorkflowEvent.StepCreated { Mode: StepMode.Queued } e:
                statements.Add(new(
                    StepMessageSql.EnqueueStep,
                    ("run_key", runKey), ("step_id", e.StepId), ("queue_name", StepKey.Of(e.StepName).QueueName), ("now", now)));
                break;
            case WorkflowEvent.StepCompleted { HasReported: true } e:
                statements.Add(new(ProgressSql.Delete, ("run_key", runKey), ("step_id", e.StepId)));
                break;
            case WorkflowEvent.StepCancelled e:
                statements.Add(new(StepMessageSql.DeleteStep, ("run_key", runKey), ("step_id", e.StepId)));
                break;
            case WorkflowEvent.ChildStarted e:
                statements.Add(new(
                    ChildSql.Insert,
                    ("run_key", runKey), ("child_id", e.ChildId), ("child_run_id", e.RunId),
                    ("parent_close_policy", StatusText.ToText(e.ParentClosePolicy))));
                break;
            case WorkflowEvent.ChildCancelled e:
                statements.Add(new(CascadeSql.AddChild, ("run_key", runKey), ("child_id", e.ChildId)));
                statements.Add(new(ChildSql.Cancel, ("run_key", runKey), ("child_id", e.ChildId)));
                break;
            case WorkflowEvent.HookReceived e:
                statements.Add(new(HookSql.UseById, ("run_key", runKey), ("hook_id", e.HookId)));
                break;
            case WorkflowEvent.HookDisposed e:
                statements.Add(new(HookSql.Dispose, ("run_key", runKey), ("hook_id", e.HookId)));
                break;
        }
    }
}
