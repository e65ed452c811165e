using TursoWorld.Abstractions;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>The statements that append one event and keep its summary.</summary>
internal static class EventStatements
{
    /// <param name="statements">Gets the statements.</param>
    /// <param name="runKey">The run.</param>
    /// <param name="source">The event.</param>
    /// <param name="position">Where it stands; null for wherever the log ends.</param>
    /// <param name="codecs">What its payload goes through.</param>
    /// <param name="now">When a message becomes due: the log may be ahead of the clock.</param>
    /// <param name="owner">The claim that must hold; asked for only if the event is recorded by <see cref="TurnSql.Record"/>.</param>
    /// <returns>The index of the statement that returns position, instant and type of the event; null when there is none.</returns>
    public static int? Add(
        List<SqlStatement> statements,
        long runKey,
        WorkflowEvent source,
        long? position,
        PayloadCodecs codecs,
        DateTimeOffset now,
        ClaimedMessage? owner = null)
    {
        if (position is not null && IsRecorded(source))
        {
            statements.Add(AtPosition(
                TurnSql.Record, runKey, source, position, codecs,
                ("message_key", owner?.MessageKey), ("lease_token", owner?.LeaseToken)));
            return null;
        }

        if (source is WorkflowEvent.HookCreated hook)
        {
            statements.Add(new(HookSql.Insert, ("run_key", runKey), ("hook_id", hook.HookId), ("token", hook.Token), ("once", 1)));
        }

        var append = Append(runKey, source, position, codecs);
        statements.Add(append);
        var index = statements.Count - 1;
        AddSummary(statements, runKey, source, position, now);
        return append.Text == EventSql.AppendAt ? null : index;
    }

    /// <summary>Whether one statement writes the event and its summary, at a position that the writer has chosen.</summary>
    private static bool IsRecorded(WorkflowEvent source) =>
        source is WorkflowEvent.StepCompleted or WorkflowEvent.StepCreated { IsBegun: true };

    /// <summary>A statement that gets the columns of an event at the position that the writer has chosen.</summary>
    private static SqlStatement AtPosition(
        string text,
        long runKey,
        WorkflowEvent source,
        long? position,
        PayloadCodecs codecs,
        params ReadOnlySpan<(string Name, SqlValue Value)> further)
    {
        var columns = EventColumns.From(source, codecs);
        return new(
            text,
            [
                ("run_key", runKey),
                ("position", position),
                ("event_type", columns.Type),
                ("correlation_id", columns.CorrelationId),
                ("created_at", source.CreatedAt),
                ("data", columns.DataText),
                ("payload", columns.Payload),
                .. further,
            ]);
    }

    private static SqlStatement Append(long runKey, WorkflowEvent source, long? position, PayloadCodecs codecs)
    {
        if (position is not null && source is not WorkflowEvent.HookCreated)
        {
            return AtPosition(EventSql.AppendAt, runKey, source, position, codecs);
        }

        var columns = EventColumns.From(source, codecs);
        if (source is WorkflowEvent.HookCreated hook)
        {
            return new(
                EventSql.AppendHook,
                ("run_key", runKey),
                ("correlation_id", columns.CorrelationId),
                ("created_at", source.CreatedAt),
                ("token", hook.Token),
                ("data", columns.DataText));
        }

        return new(
            EventSql.AppendNext,
            ("run_key", runKey),
            ("event_type", columns.Type),
            ("correlation_id", columns.CorrelationId),
            ("created_at", source.CreatedAt),
            ("data", columns.DataText),
            ("payload", columns.Payload));
    }

    private static void AddSummary(
        List<SqlStatement> statements, long runKey, WorkflowEvent source, long? position, DateTimeOffset now)
    {
        switch (source)
        {
            case WorkflowEvent.RunStarted:
                statements.Add(new(RunSql.Start, ("run_key", runKey)));
                break;
            case WorkflowEvent.AttributesSet e:
                statements.AddRange(AttributeText.Change(runKey, AttributeText.Of(e.Changes)));
                break;
            case WorkflowEvent.StateSet { Value: null } e:
                statements.Add(new(StateSql.Delete, ("run_key", runKey), ("key", e.Key)));
                break;
            case WorkflowEvent.StateSet e:
                statements.Add(new(StateSql.Set, ("run_key", runKey), ("key", e.Key), ("position", position)));
                break;
            case WorkflowEvent.StepCreated { Mode: StepMode.Queued } e:
                statements.Add(new(StepSql.InsertPending, ("run_key", runKey), ("step_id", e.StepId), ("position", position)));
                statements.Add(new(
                    StepMessageSql.EnqueueStep,
                    ("run_key", runKey), ("step_id", e.StepId), ("queue_name", StepKey.Of(e.StepName).QueueName), ("now", now)));
                break;
            case WorkflowEvent.StepCreated { IsBegun: false } e:
                statements.Add(new(StepSql.InsertPending, ("run_key", runKey), ("step_id", e.StepId), ("position", position)));
                break;
            case WorkflowEvent.StepCreated e:
                statements.Add(new(StepSql.Insert, ("run_key", runKey), ("step_id", e.StepId))); // at a position it is recorded
                break;
            case WorkflowEvent.StepStarted e:
                statements.Add(new(StepSql.Start, ("run_key", runKey), ("step_id", e.StepId), ("attempt", e.Attempt)));
                break;
            case WorkflowEvent.StepRetrying e:
                statements.Add(new(
                    StepSql.Retry,
                    ("run_key", runKey), ("step_id", e.StepId), ("attempt", e.Attempt), ("retry_after", e.RetryAfter),
                    ("position", position)));
                break;
            case WorkflowEvent.StepCompleted e:
                statements.Add(EndStep(runKey, e.StepId, StepStatus.Completed, position));
                break;
            case WorkflowEvent.StepFailed e:
                statements.Add(EndStep(runKey, e.StepId, StepStatus.Failed, position));
                break;
            case WorkflowEvent.WaitCreated e:
                statements.Add(new(
                    WaitSql.Insert,
                    ("run_key", runKey), ("wait_id", e.WaitId), ("resume_at", e.ResumeAt), ("position", position)));
                break;
            case WorkflowEvent.WaitCompleted e:
                statements.Add(new(WaitSql.Complete, ("run_key", runKey), ("wait_id", e.WaitId), ("position", position)));
                break;
            case WorkflowEvent.StepCancelled e:
                statements.Add(new(StepSql.Cancel, ("run_key", runKey), ("step_id", e.StepId)));
                statements.Add(new(StepMessageSql.DeleteStep, ("run_key", runKey), ("step_id", e.StepId)));
                break;
            case WorkflowEvent.WaitCancelled e:
                statements.Add(new(WaitSql.Cancel, ("run_key", runKey), ("wait_id", e.WaitId)));
                break;
            case WorkflowEvent.ChildStarted e:
                statements.Add(new(
                    ChildSql.Insert,
                    ("run_key", runKey), ("child_id", e.ChildId), ("child_run_id", e.RunId),
                    ("parent_close_policy", StatusText.ToText(e.ParentClosePolicy)), ("position", position)));
                break;
            case WorkflowEvent.ChildCancelled e:
                statements.Add(new(CascadeSql.AddChild, ("run_key", runKey), ("child_id", e.ChildId)));
                statements.Add(new(ChildSql.Cancel, ("run_key", runKey), ("child_id", e.ChildId)));
                break;
            case WorkflowEvent.HookDisposed e:
                statements.Add(new(HookSql.Dispose, ("run_key", runKey), ("hook_id", e.HookId)));
                break;
        }
    }

    private static SqlStatement EndStep(long runKey, string stepId, StepStatus status, long? position) => new(
        StepSql.End,
        ("run_key", runKey), ("step_id", stepId), ("status", StatusText.ToText(status)), ("position", position));
}
