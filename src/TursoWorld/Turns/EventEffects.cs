using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>What an event changes outside the log: the row of its run, attributes, hooks, children, messages. The only place that says so.</summary>
internal static class EventEffects
{
    /// <param name="statements">Gets the statements, behind those that append the event.</param>
    /// <param name="runKey">The run.</param>
    /// <param name="source">The event.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="now">When a message becomes due: the log may be ahead of the clock.</param>
    public static void Add(List<SqlStatement> statements, long runKey, WorkflowEvent source, in EventPlace place, DateTimeOffset now)
    {
        switch (source)
        {
            case WorkflowEvent.RunStarted:
                statements.Add(new(RunSql.Start, ("run_key", runKey), ("started_at", place.CreatedAt)));
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
            case WorkflowEvent.HookCreated e:
                statements.Add(new(
                    HookSql.Insert,
                    ("run_key", runKey), ("hook_id", e.HookId), ("token", e.Token), ("once", e.IsForeign ? 0 : 1), ("behind", place.Behind)));
                break;
            case WorkflowEvent.HookConflict e:
                statements.Add(new(HookSql.RequireHolder, ("token", e.Token), ("run_id", e.ConflictingRunId)));
                break;
            case WorkflowEvent.HookReceived e:
                statements.Add(new(HookSql.UseById, ("run_key", runKey), ("hook_id", e.HookId)));
                break;
            case WorkflowEvent.HookDisposed e:
                statements.Add(new(HookSql.Dispose, ("run_key", runKey), ("hook_id", e.HookId)));
                break;
            case WorkflowEvent.ChildCancelled e:
                statements.Add(new(CascadeSql.AddChild, ("run_key", runKey), ("child_id", e.ChildId)));
                statements.Add(new(ChildSql.GiveUp, ("run_key", runKey), ("child_id", e.ChildId)));
                break;
        }
    }
}

/// <summary>Where an event stands in a log that the same unit appends it to.</summary>
/// <param name="Behind">How many events the append has behind it.</param>
/// <param name="CreatedAt">Its instant; null when the database chooses that.</param>
internal readonly record struct EventPlace(int Behind, DateTimeOffset? CreatedAt);
