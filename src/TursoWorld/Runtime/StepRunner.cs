using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>Executes attempts of steps, so many at once.</summary>
internal sealed class StepRunner(
    ITurnWriter turns,
    IStepProgress progress,
    JsonPayloads payloads,
    Slots slots,
    TimeProvider timeProvider,
    WorldDiagnostics diagnostics)
{
    /// <summary>What attempts execute in.</summary>
    public Slots Slots => slots;

    /// <summary>
    /// Executes one attempt, in a slot that the caller has taken and that is given back when the code of the step returns. One without limits
    /// runs on the calling thread as far as the step's code goes without waiting.
    /// </summary>
    /// <param name="claim">In whose name results may be written.</param>
    /// <param name="attempt">The attempt, which has been recorded.</param>
    /// <param name="cancellation">What cuts it short, the end of the claim included.</param>
    public async ValueTask<EndedStep> RunInSlotAsync(RunClaim claim, AttemptIdentity attempt, StepCancellation cancellation)
    {
        if (cancellation.IsCancelled)
        {
            slots.Release();
            return Ended(attempt, new StepOutcome.GivenBack());
        }

        var watch = new AttemptWatch(cancellation, attempt.Step.Options, timeProvider);
        var heartbeats = new StepHeartbeats(progress, attempt, claim, watch, timeProvider, diagnostics);
        var execution = new StepExecution(claim, attempt, watch, heartbeats);

        // What a transaction has done the log knows, so its end is waited for; its statements are interrupted.
        var outcome = watch.Elapsed is { } elapsed && attempt.Step.Body is StepBody.Plain
            ? await RunLimitedAsync(execution, elapsed).ConfigureAwait(false)
            : await RunAndReleaseAsync(execution).ConfigureAwait(false);
        return Ended(attempt, outcome);
    }

    private EndedStep Ended(AttemptIdentity attempt, StepOutcome outcome)
    {
        diagnostics.StepEnded(
            attempt.RunId, attempt.Step.StepId, attempt.Step.StepName, attempt.Number, outcome.GetType().Name);
        return new EndedStep(attempt.Step.StepId, attempt.Number, outcome);
    }

    /// <summary>The attempt ends in time. A body that does not listen goes on, and holds nothing but its slot.</summary>
    private async ValueTask<StepOutcome> RunLimitedAsync(StepExecution execution, Task elapsed)
    {
        var running = Task.Run(() => RunAndReleaseAsync(execution), CancellationToken.None);
        await Task.WhenAny(running, elapsed).ConfigureAwait(false);
        if (running.IsCompleted)
        {
            return await running.ConfigureAwait(false);
        }

        await execution.Heartbeats.CloseAsync().ConfigureAwait(false);
        return execution.OutOfTime();
    }

    private async Task<StepOutcome> RunAndReleaseAsync(StepExecution execution)
    {
        try
        {
            var step = execution.Attempt.Step;
            diagnostics.StepStarted(execution.Attempt.RunId, step.StepId, step.StepName, execution.Attempt.Number);
            return await execution.RunAsync(turns, payloads, timeProvider).ConfigureAwait(false);
        }
        finally
        {
            execution.Watch.Dispose();
            slots.Release();
        }
    }
}
