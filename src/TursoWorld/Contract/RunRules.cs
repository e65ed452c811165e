using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Contract;

/// <summary>What may be recorded about a run as it is.</summary>
/// <param name="runId">The run.</param>
/// <param name="run">Its row.</param>
/// <param name="log">Its log; null for a run of this library, where only its row and its hooks matter.</param>
/// <param name="now">The time.</param>
internal sealed class RunRules(string runId, RunFacts run, RunState? log, DateTimeOffset now)
{
    private RunStatus Status => log?.Status ?? StatusText.ToRunStatus(run.status);

    private bool IsOver => Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;

    /// <summary>Whether the event may be recorded; throws when it must be refused.</summary>
    public Verdict Check(WorkflowEventData data, CreateEventOptions options)
    {
        CheckRuntime(data);
        var verdict = data switch
        {
            WorkflowEventData.RunCancelled => Status is RunStatus.Completed or RunStatus.Failed ? Verdict.RunOver : Verdict.Allowed,
            WorkflowEventData.HookReceived e => CheckHook(e.HookId),
            WorkflowEventData.HookDisposed e => CheckHook(e.HookId),
            WorkflowEventData.StepStarted { Created: null } or WorkflowEventData.StepRetrying
                or WorkflowEventData.StepCompleted or WorkflowEventData.StepFailed => CheckOpenStep(data),
            WorkflowEventData.RunStarted when IsOver => throw new RunExpiredException(runId),
            _ when IsOver => Verdict.RunOver,
            _ => CheckActive(data),
        };
        return verdict == Verdict.Allowed && options.StateUpdatedAt is { } seen && log is not null && log.ReceivedAt > SqlTime.ToColumn(seen)
            ? throw new PreconditionFailedException(runId)
            : verdict;
    }

    /// <summary>Who may record what about runs of whom.</summary>
    private void CheckRuntime(WorkflowEventData data)
    {
        if (run.spec_version > RunNotSupportedException.SupportedSpecVersion)
        {
            throw RunNotSupportedException.TooNew(runId, (int?)run.spec_version);
        }

        var isFromOutside = data is WorkflowEventData.RunCancelled or WorkflowEventData.RunPaused or WorkflowEventData.RunResumed
            or WorkflowEventData.AttributesSet or WorkflowEventData.HookReceived;
        if (run.spec_version is null && !isFromOutside)
        {
            throw ConflictException.Owned(runId);
        }

        if (run.spec_version <= 1
            && data is not (WorkflowEventData.RunCancelled or WorkflowEventData.HookReceived or WorkflowEventData.WaitCompleted))
        {
            throw RunNotSupportedException.Legacy(runId, (int?)run.spec_version);
        }
    }

    private Verdict CheckHook(string hookId) => log is null || log.Hooks.Find(hookId) is { IsLiving: true }
        ? Verdict.Allowed
        : throw NotFoundException.HookOf(runId, hookId);

    private Verdict CheckOpenStep(WorkflowEventData data)
    {
        var subject = EventSubject.Of(data);
        var stepId = subject.Id!; // of a step
        if (log!.Steps.Find(stepId) is not { } step) // a foreign runtime drives the run
        {
            throw NotFoundException.Step(runId, stepId);
        }

        if (!step.IsOpen)
        {
            throw ConflictException.Over(subject.Name, stepId, runId);
        }

        // What a step did is recorded after the end of its run as well, if it was running by then.
        var isEnd = data is WorkflowEventData.StepCompleted or WorkflowEventData.StepFailed;
        if (IsOver && !(isEnd && step.Status == StepStatus.Running))
        {
            throw new RunExpiredException(runId);
        }

        if (data is WorkflowEventData.StepStarted)
        {
            CheckNotPaused();
            if (SqlTime.FromColumn(step.RetryAfter) - now is { } left && left > TimeSpan.Zero)
            {
                throw new TooEarlyException(stepId, TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(left.TotalSeconds))));
            }
        }

        return Verdict.Allowed;
    }

    /// <summary>What needs a run that is not over.</summary>
    private Verdict CheckActive(WorkflowEventData data)
    {
        switch (data)
        {
            case WorkflowEventData.RunStarted when Status != RunStatus.Pending:
            case WorkflowEventData.RunPaused when Status == RunStatus.Paused:
            case WorkflowEventData.RunResumed when Status != RunStatus.Paused:
                return Verdict.Unchanged;
            case WorkflowEventData.AttributesSet e:
                CheckAttributes(e);
                break;
            case WorkflowEventData.StepCreated or WorkflowEventData.StepStarted:
                CheckNotPaused();
                CheckNew(data, log!.Steps.Find(EventSubject.Of(data).Id!));
                break;
            case WorkflowEventData.HookCreated e:
                CheckNew(data, log!.Hooks.Find(e.HookId));
                break;
            case WorkflowEventData.WaitCreated e:
                CheckNew(data, log!.Waits.Find(e.WaitId));
                break;
            case WorkflowEventData.WaitCompleted e:
                if (log!.Waits.Find(e.WaitId) is not { } wait)
                {
                    throw NotFoundException.Wait(runId, e.WaitId);
                }

                if (wait.Status == WaitStatus.Completed)
                {
                    throw ConflictException.Over(EventSubject.Of(data).Name, e.WaitId, runId);
                }

                break;
        }

        return Verdict.Allowed;
    }

    private void CheckAttributes(WorkflowEventData.AttributesSet e)
    {
        if (e.AttributeId is { } id && log is not null && log.HasAttributeChange(id))
        {
            throw ConflictException.Exists(EventSubject.Of(e).Name, id, runId);
        }

        var names = (log?.Attributes ?? AttributeText.Read(run.attributes)).Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var (name, value) in e.Changes)
        {
            _ = value is null ? names.Remove(name) : names.Add(name);
        }

        if (names.Count > AttributeRules.MaxCount && e.Changes.Values.Any(value => value is not null))
        {
            throw AttributeRules.TooMany(runId);
        }
    }

    private void CheckNotPaused()
    {
        if (Status == RunStatus.Paused)
        {
            throw ConflictException.RunPaused(runId);
        }
    }

    private void CheckNew(WorkflowEventData data, ILogged? existing)
    {
        if (existing is not null)
        {
            throw ConflictException.Exists(EventSubject.Of(data).Name, existing.Id, runId);
        }
    }
}

/// <summary>What becomes of an event from outside.</summary>
internal enum Verdict
{
    /// <summary>It may be recorded.</summary>
    Allowed,

    /// <summary>The run is what the event would make it: there is nothing to record.</summary>
    Unchanged,

    /// <summary>The run is over.</summary>
    RunOver,
}
