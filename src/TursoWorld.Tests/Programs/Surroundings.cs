using System.Text.Json;
using TursoWorld.Runtime;

namespace TursoWorld.Tests.Programs;

/// <summary>
/// Who writes into the log of a simulated run besides the run itself: senders of payloads, children, and executors of queued
/// steps. All they know is in the log.
/// </summary>
internal sealed class Surroundings(WorkflowProgram program, IReadOnlyList<WorkflowEvent> log, Random schedule)
{
    private static readonly StepBody Nowhere = new StepBody.Plain(_ => throw new NotSupportedException());

    /// <summary>Hooks without a payload, to which somebody sends one.</summary>
    public List<WorkflowEvent.HookCreated> WaitingHooks()
    {
        var over = log.Select(seen => (seen as WorkflowEvent.HookReceived)?.HookId ?? (seen as WorkflowEvent.HookDisposed)?.HookId).ToHashSet();
        return log.OfType<WorkflowEvent.HookCreated>()
            .Where(hook => !over.Contains(hook.HookId) && WorkflowProgram.IsSentTo(hook.Token))
            .ToList();
    }

    /// <summary>What comes to one of them.</summary>
    public static WorkflowEvent SendTo(WorkflowEvent.HookCreated hook) => new WorkflowEvent.HookReceived(
        hook.HookId, JsonSerializer.SerializeToUtf8Bytes(WorkflowProgram.PayloadFor(hook.Token)))
    { Position = 0, CreatedAt = default };

    /// <summary>What children and executors of queued steps may write now; it becomes what it is when it is chosen.</summary>
    public List<Func<WorkflowEvent>> ListNext(DateTimeOffset now, bool isPaused)
    {
        List<Func<WorkflowEvent>> next = [.. OpenChildren().Select(child => (Func<WorkflowEvent>)(() => EndOf(child)))];
        foreach (var step in OpenSteps())
        {
            if (IsExecuting(step))
            {
                next.Add(() => EndOf(step, now));
            }
            else if (!isPaused && (step.RetryAfter ?? now) <= now)
            {
                next.Add(() => AttemptEvents.Begin(step, position: 0, now));
            }
        }

        return next;
    }

    /// <summary>Children and queued steps that do not know yet that the code gives them up.</summary>
    public List<Func<WorkflowEvent>> ListLate(IReadOnlyList<WorkflowEvent> decided, DateTimeOffset now)
    {
        var givenUp = decided.Select(next => (next as WorkflowEvent.ChildCancelled)?.ChildId ?? (next as WorkflowEvent.StepCancelled)?.StepId)
            .ToHashSet();
        return
        [
            .. OpenChildren().Where(child => givenUp.Contains(child.ChildId)).Select(child => (Func<WorkflowEvent>)(() => EndOf(child))),
            .. OpenSteps().Where(step => givenUp.Contains(step.StepId)).Select(
                step => (Func<WorkflowEvent>)(() => IsExecuting(step) ? EndOf(step, now) : AttemptEvents.Begin(step, position: 0, now))),
        ];
    }

    /// <summary>When a further attempt of a queued step is due.</summary>
    public DateTimeOffset? NextDue() => OpenSteps().Min(step => step.RetryAfter);

    private IEnumerable<WorkflowEvent.ChildStarted> OpenChildren()
    {
        var over = log.Select(seen => (seen as WorkflowEvent.ChildEnded)?.ChildId ?? (seen as WorkflowEvent.ChildCancelled)?.ChildId).ToHashSet();
        return log.OfType<WorkflowEvent.ChildStarted>()
            .Where(child => !over.Contains(child.ChildId) && !program.ChildOf(child.WorkflowName).IsEndless);
    }

    /// <summary>The last run of a child ends, somehow.</summary>
    private WorkflowEvent.ChildEnded EndOf(WorkflowEvent.ChildStarted child)
    {
        var code = program.ChildOf(child.WorkflowName);
        var last = Simulation.RunToTheLast(code, schedule.Next());
        if (ProgramCheck.FindProblem(code, last.Log) is { } problem)
        {
            throw new InvalidOperationException($"Child {code}: {problem}");
        }

        var ended = new WorkflowEvent.ChildEnded(child.ChildId, child.RunId, RunStatus.Completed) { Position = 0, CreatedAt = default };
        return last.Log[^1] switch
        {
            WorkflowEvent.RunCompleted e => ended with { Output = e.Output },
            WorkflowEvent.RunFailed e => ended with { Status = RunStatus.Failed, Error = e.Error },
            WorkflowEvent.RunCancelled e => ended with { Status = RunStatus.Cancelled, CancelReason = e.Reason },
            var end => throw new InvalidOperationException($"{end}"),
        };
    }

    private static bool IsExecuting(StepRequest step) => step is { RetryAfter: null, Attempt: > 0 };

    /// <summary>An attempt ends; or whoever was at it stops, and gives it back, or is gone, and somebody else begins another one.</summary>
    private WorkflowEvent EndOf(StepRequest step, DateTimeOffset now) => schedule.Next(12) switch
    {
        0 => AttemptEvents.Interrupt(step, position: 0, now, now, schedule),
        1 => EndOf(step, new StepOutcome.GivenBack(), now),
        _ => EndOf(step, program.OutcomeOf(step.StepName, step.Attempt), now),
    };

    private WorkflowEvent EndOf(StepRequest step, StepOutcome outcome, DateTimeOffset now) =>
        AttemptEvents.End(step, outcome, position: 0, now, now, schedule)!; // none of these outcomes is recorded already

    /// <summary>Queued steps as their executors see them: an attempt of 0, or a time for the next one, means that none executes.</summary>
    private List<StepRequest> OpenSteps()
    {
        Dictionary<string, StepRequest> open = [];
        foreach (var seen in log)
        {
            switch (seen)
            {
                case WorkflowEvent.StepCreated { Mode: StepMode.Queued } e:
                    open.Add(e.StepId, new StepRequest(e.StepId, e.StepName, Nowhere, program.OptionsOf(e.StepName), RetryPolicy.Default) { Attempt = 0 });
                    break;
                case WorkflowEvent.StepStarted e when open.TryGetValue(e.StepId, out var step):
                    (step.Attempt, step.RetryAfter) = (e.Attempt, null);
                    break;
                case WorkflowEvent.StepRetrying e when open.TryGetValue(e.StepId, out var step):
                    (step.Attempt, step.RetryAfter, step.Interruptions) = (e.Attempt, e.RetryAfter ?? DateTimeOffset.MinValue, e.Interruptions);
                    break;
                case WorkflowEvent.StepCompleted { StepId: var stepId }:
                    open.Remove(stepId);
                    break;
                case WorkflowEvent.StepFailed { StepId: var stepId }:
                    open.Remove(stepId);
                    break;
                case WorkflowEvent.StepCancelled { StepId: var stepId }:
                    open.Remove(stepId);
                    break;
            }
        }

        return [.. open.Values];
    }
}
