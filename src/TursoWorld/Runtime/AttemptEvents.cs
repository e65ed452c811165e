using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>What the log says about the attempts of a step, whoever executes it.</summary>
internal static class AttemptEvents
{
    /// <summary>
    /// A further attempt: because its time has come, or because whoever was at it is gone. Beyond the policy the step has failed
    /// instead.
    /// </summary>
    public static WorkflowEvent Begin(StepRequest step, long position, DateTimeOffset createdAt)
    {
        if (step.Attempt < step.Retry.MaxAttempts)
        {
            return new WorkflowEvent.StepStarted(step.StepId, step.Attempt + 1) { Position = position, CreatedAt = createdAt };
        }

        var error = new StructuredError
        {
            Code = ErrorCodes.StepInterrupted,
            Message = $"The process that executed attempt {step.Attempt} of step '{step.StepName}' went away, and its policy allows no further attempt.",
        };
        return new WorkflowEvent.StepFailed(step.StepId, error) { Position = position, CreatedAt = createdAt };
    }

    /// <summary>The end of an attempt; null when the log has it already, or nothing may be written about it any more.</summary>
    /// <param name="step">The step, where its latest attempt began.</param>
    /// <param name="outcome">How that ended.</param>
    /// <param name="position">Where the event is to stand.</param>
    /// <param name="createdAt">When it is to have happened.</param>
    /// <param name="now">What delays are counted from.</param>
    /// <param name="random">Where jitter comes from.</param>
    public static WorkflowEvent? End(
        StepRequest step, StepOutcome outcome, long position, DateTimeOffset createdAt, DateTimeOffset now, Random random)
    {
        switch (outcome)
        {
            case StepOutcome.Completed e:
                return new WorkflowEvent.StepCompleted(step.StepId, e.Output) { Position = position, CreatedAt = createdAt };
            case StepOutcome.Failed e when !e.IsFatal && step.Attempt < step.Retry.MaxAttempts:
                var delay = e.RetryAfter ?? step.Retry.DelayAfter(step.Attempt, random);
                return Retry(step.Attempt, Instants.RoundUp(Instants.Add(now, delay)), e.Error);
            case StepOutcome.Failed e:
                return new WorkflowEvent.StepFailed(step.StepId, e.Error) { Position = position, CreatedAt = createdAt };
            case StepOutcome.Unknown e:
                // The log was read after it, and the step is still open: nothing was committed.
                var failed = new StepOutcome.Failed(e.Error, IsFatal: false, RetryAfter: null);
                return End(step, failed, position, createdAt, now, random);
            case StepOutcome.GivenBack:
                return Retry(step.Attempt - 1, retryAfter: null, error: null);
            default:
                return null;
        }

        WorkflowEvent.StepRetrying Retry(int attempt, DateTimeOffset? retryAfter, StructuredError? error) =>
            new(step.StepId, attempt, retryAfter, error) { Position = position, CreatedAt = createdAt };
    }
}
