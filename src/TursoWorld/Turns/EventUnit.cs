using System.Diagnostics;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>
/// One event from outside as a unit: its guard, the event, what it changes, and at the end a look at the thing it is about.
/// </summary>
internal sealed class EventUnit(long runKey, EventColumns columns, EventSources sources, CreateEventOptions options)
{
    private readonly DateTimeOffset _now = sources.TimeProvider.GetUtcNow();
    private readonly List<SqlStatement> _statements = [];
    private SqlStatement _guard;
    private int _event;
    private RunEndNews _news;

    public Unit ToUnit() => new(_statements) { Guard = _guard };

    /// <summary>The row of the event that the unit has appended.</summary>
    public SqlRow EventOf(UnitResult result) => result.Rows[_event][0];

    /// <summary>What others have to know, if the unit ends a run.</summary>
    public RunEndNews News => _news;

    /// <summary>What the thing looked like right after; null when it is gone, or never came to be.</summary>
    public static SqlRow? ThingOf(UnitResult result) => result.Rows[^1] is [var row] ? row : null;

    public static EventUnit Of(
        long runKey, WorkflowEventData data, EventColumns columns, EventSources sources, CreateEventOptions options)
    {
        var unit = new EventUnit(runKey, columns, sources, options);
        switch (EventSubject.Of(data).Kind)
        {
            case EventSubjectKind.Step:
                unit.AddStepEvent(data);
                break;
            case EventSubjectKind.Hook:
                unit.AddHookEvent(data);
                break;
            case EventSubjectKind.Wait:
                unit.AddWaitEvent(data);
                break;
            default:
                unit.AddRunEvent(data);
                break;
        }

        return unit;
    }

    private void AddRunEvent(WorkflowEventData data)
    {
        switch (data)
        {
            case WorkflowEventData.RunStarted:
                StartRun();
                break;
            case WorkflowEventData.RunCompleted:
                EndRun(EventGuardSql.Active, RunStatus.Completed);
                break;
            case WorkflowEventData.RunFailed:
                EndRun(EventGuardSql.Active, RunStatus.Failed);
                break;
            case WorkflowEventData.RunCancelled:
                EndRun(EventGuardSql.CancelRun, RunStatus.Cancelled);
                break;
            case WorkflowEventData.RunPaused:
                ChangeRun(EventGuardSql.PauseRun, RunSql.Pause);
                break;
            case WorkflowEventData.RunResumed:
                ChangeRun(EventGuardSql.ResumeRun, RunSql.Resume, StepMessageSql.ResumeSteps);
                break;
            case WorkflowEventData.AttributesSet e:
                SetAttributes(AttributeText.Of(e.Changes));
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void AddStepEvent(WorkflowEventData data)
    {
        switch (data)
        {
            case WorkflowEventData.StepCreated:
                Guard(EventGuardSql.CreateStep, Subject());
                CreateStep(columns);
                break;
            case WorkflowEventData.StepStarted { Created: { } created }:
                Guard(EventGuardSql.CreateStep, Subject());
                CreateStep(EventColumns.From(created, sources.Codecs, sources.MostBytes).With(options));
                StartStep();
                break;
            case WorkflowEventData.StepStarted:
                Guard(EventGuardSql.StartStep, Subject(), ("now", _now));
                StartStep();
                break;
            case WorkflowEventData.StepRetrying e:
                Guard(EventGuardSql.RetryStep, Subject());
                AppendAttempt(further: 0);
                Add(StepSql.Retry, Step(), ("retry_after", SqlTime.ToColumn(e.RetryAfter)));
                break;
            default:
                Guard(EventGuardSql.EndStep, Subject());
                AppendNext(columns);
                var status = data is WorkflowEventData.StepCompleted ? StepStatus.Completed : StepStatus.Failed;
                Add(StepSql.End, Step(), ("status", StatusText.ToText(status)));
                break;
        }

        Add(StepSql.GetWritten, Step(), WithData());
    }

    private void AddHookEvent(WorkflowEventData data)
    {
        switch (data)
        {
            case WorkflowEventData.HookCreated e:
                Guard(EventGuardSql.CreateHook, Subject());
                Add(HookSql.Insert, Hook(), ("token", e.Token), ("once", 0));
                AppendHook(e.Token);
                break;
            case WorkflowEventData.HookReceived:
                Guard(EventGuardSql.ResumeHook, Subject());
                AppendNext(columns);
                Add(HookSql.UseById, Hook());
                Add(QueueSql.WakeRun, ("now", _now));
                break;
            default:
                Guard(EventGuardSql.DisposeHook, Subject());
                AppendNext(columns);
                Add(HookSql.Dispose, Hook());
                break;
        }

        Add(HookSql.GetWritten, Hook(), WithData());
    }

    private void AddWaitEvent(WorkflowEventData data)
    {
        if (data is WorkflowEventData.WaitCreated e)
        {
            Guard(EventGuardSql.CreateWait, Subject());
            AppendNext(columns);
            Add(WaitSql.Insert, Wait(), ("resume_at", e.ResumeAt));
        }
        else
        {
            Guard(EventGuardSql.CompleteWait, Subject());
            AppendNext(columns);
            Add(WaitSql.Complete, Wait());
        }

        Add(WaitSql.GetWritten, Wait());
    }

    private void StartRun()
    {
        Guard(EventGuardSql.StartRun);
        AppendNext(columns);
        Add(RunSql.Start);
        Add(RunSql.GetWritten, WithData());
    }

    private void EndRun(string guard, RunStatus status)
    {
        Guard(guard);
        AppendNext(columns);
        _news = RunEnd.Add(_statements, runKey, status, _now);
        Add(RunSql.GetWritten, WithData());
    }

    private void ChangeRun(string guard, string change, string? ofSteps = null)
    {
        Guard(guard);
        AppendNext(columns);
        Add(change);
        if (ofSteps is not null)
        {
            Add(ofSteps, ("now", _now));
        }

        Add(QueueSql.WakeRun, ("now", _now));

        Add(RunSql.GetWritten, WithData());
    }

    private void SetAttributes(string changes)
    {
        Guard(EventGuardSql.SetAttributes, Subject(), ("changes", changes));
        AppendNext(columns);
        _statements.AddRange(AttributeText.Change(runKey, changes));
        Add(QueueSql.WakeRun, ("now", _now));
        Add(RunSql.GetWritten, WithData());
    }

    private void CreateStep(EventColumns created)
    {
        AppendNext(created);
        Add(StepSql.InsertPending, Step());
    }

    private void StartStep()
    {
        AppendAttempt(further: 1);
        Add(StepSql.StartNext, Step());
    }

    private void Guard(string text, params (string Name, SqlValue Value)[] arguments) => _guard = new SqlStatement(
        text, [("run_key", runKey), ("state_updated_at", options.StateUpdatedAt), .. arguments]);

    private void AppendNext(EventColumns written)
    {
        _event = _statements.Count;
        Add(
            EventSql.AppendNext,
            ("event_type", written.Type),
            ("correlation_id", written.CorrelationId),
            ("created_at", _now),
            ("data", written.DataText),
            ("payload", written.Payload));
    }

    private void AppendAttempt(int further)
    {
        _event = _statements.Count;
        Add(
            EventSql.AppendAttempt,
            ("event_type", columns.Type),
            ("correlation_id", columns.CorrelationId),
            ("created_at", _now),
            ("data", columns.DataText),
            ("payload", columns.Payload),
            ("further", further));
    }

    private void AppendHook(string token)
    {
        _event = _statements.Count;
        Add(
            EventSql.AppendHook,
            ("correlation_id", columns.CorrelationId),
            ("created_at", _now),
            ("token", token),
            ("data", columns.DataText),
            ("payload", columns.Payload));
    }

    private void Add(string text, params (string Name, SqlValue Value)[] arguments) =>
        _statements.Add(new SqlStatement(text, [("run_key", runKey), .. arguments]));

    private (string Name, SqlValue Value) WithData() => ("with_data", options.ResolveData == ResolveData.All);

    private (string Name, SqlValue Value) Subject() => ("correlation_id", columns.CorrelationId);

    private (string Name, SqlValue Value) Step() => ("step_id", columns.CorrelationId);

    private (string Name, SqlValue Value) Hook() => ("hook_id", columns.CorrelationId);

    private (string Name, SqlValue Value) Wait() => ("wait_id", columns.CorrelationId);
}
