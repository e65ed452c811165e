using System.Diagnostics;
using TursoWorld.Abstractions;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Says in words why an event was refused.</summary>
internal sealed class EventRefusal(RunStore runs, StepStore steps, TimeProvider timeProvider)
{
    /// <param name="guard">What did not hold.</param>
    /// <param name="runId">The run.</param>
    /// <param name="data">What was to be recorded.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<WorldException> ExplainAsync(
        string guard, string runId, WorkflowEventData data, CancellationToken cancellationToken) => guard switch
        {
            "run_missing" => NotFoundException.Run(runId),
            "run_owned" => ConflictException.Owned(runId),
            "run_legacy" => RunNotSupportedException.Legacy(
                runId, await SpecVersionAsync(runId, cancellationToken).ConfigureAwait(false)),
            "run_too_new" => RunNotSupportedException.TooNew(
                runId, await SpecVersionAsync(runId, cancellationToken).ConfigureAwait(false)),
            "run_over" when TakesUp(data) => new RunExpiredException(runId),
            "run_over" => await RunOverAsync(runId, cancellationToken).ConfigureAwait(false),
            "run_paused" => ConflictException.RunPaused(runId),
            "state_stale" => new PreconditionFailedException(runId),
            "attributes_full" => AttributeRules.TooMany(runId),
            "too_early" => await TooEarlyAsync(runId, EventSubject.Of(data).Id!, cancellationToken).ConfigureAwait(false), // of a step
            _ => Explain(guard, runId, EventSubject.Of(data)),
        };

    /// <summary>Whoever sends it has taken the run up, or a step that it has, and is to stop.</summary>
    private static bool TakesUp(WorkflowEventData data) => data is WorkflowEventData.RunStarted
        or WorkflowEventData.StepStarted { Created: null } or WorkflowEventData.StepRetrying
        or WorkflowEventData.StepCompleted or WorkflowEventData.StepFailed;

    private static WorldException Explain(string guard, string runId, EventSubject subject)
    {
        var id = subject.Id!; // of a step, wait, hook or change: these guards are about nothing else
        return guard switch
        {
            "step_missing" => NotFoundException.Step(runId, id),
            "wait_missing" => NotFoundException.Wait(runId, id),
            "hook_missing" => NotFoundException.HookOf(runId, id),
            "event_exists" or "step_exists" or "wait_exists" or "hook_exists" => ConflictException.Exists(subject.Name, id, runId),
            "step_over" or "wait_over" => ConflictException.Over(subject.Name, id, runId),
            _ => throw new UnreachableException($"There is no guard '{guard}'."),
        };
    }

    private async Task<WorldException> RunOverAsync(string runId, CancellationToken cancellationToken)
    {
        var run = await runs.FindAsync(runId, ResolveData.None, cancellationToken).ConfigureAwait(false);
        return run?.ContinuedToRunId is { } next ? ConflictException.Continued(runId, next) : ConflictException.RunOver(runId);
    }

    private async Task<int?> SpecVersionAsync(string runId, CancellationToken cancellationToken)
    {
        var run = await runs.FindAsync(runId, ResolveData.None, cancellationToken).ConfigureAwait(false);
        return run?.SpecVersion;
    }

    private async Task<WorldException> TooEarlyAsync(string runId, string stepId, CancellationToken cancellationToken)
    {
        var step = await steps.GetAsync(runId, stepId, ResolveData.None, cancellationToken).ConfigureAwait(false);
        var left = (step.RetryAfter ?? default) - timeProvider.GetUtcNow();
        return new TooEarlyException(stepId, TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(left.TotalSeconds))));
    }
}
