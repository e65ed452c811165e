using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>What the log says about the attempts of a step, whoever executes it.</summary>
internal static class AttemptEvents
{
    // There is no telling how often it has been tried before: what does not count is not counted.
    private static readonly TimeSpan PauseUntilReady = TimeSpan.FromSeconds(30);

    /// <summary>The next attempt: its time has come.</summary>
    public static WorkflowEvent Begin(StepRequest step, long position, DateTimeOffset createdAt) =>
        new WorkflowEvent.StepStarted(step.StepId, step.Attempt + 1) { Position = position, CreatedAt = createdAt };

    /// <summary>
    /// Whoever was at an attempt is gone, and nobody knows whether the attempt is to blame. It is tried again after the delay of the policy, as
    /// often as an interruption may happen, however many attempts the policy allows; a step that is to be tried once has failed.
    /// </summary>
    public static WorkflowEvent Interrupt(StepRequest step, long position, DateTimeOffset createdAt, DateTimeOffset now, Random random)
    {
        var interruptions = step.Interruptions + 1;
        var isOnce = step.Retry.MaxAttempts == 1;
        if (!isOnce && interruptions < Interruption.Most)
        {
            var error = new StructuredError
            {
                Code = ErrorCodes.StepInterrupted,
                Message = $"The process that executed attempt {step.Attempt} of step '{step.StepName}' went away.",
            };
            return Retry(step, step.Attempt, Instants.RoundUp(Instants.Add(now, step.Retry.DelayAfter(interruptions, random))), error, interruptions) with
            {
                Position = position,
                CreatedAt = createdAt,
            };
        }

        var reason = isOnce
            ? "its policy allows no further attempt"
            : $"that was interruption {interruptions}, the last one that is tolerated";
        var failure = new StructuredError
        {
            Code = ErrorCodes.StepInterrupted,
            Message = $"The process that executed attempt {step.Attempt} of step '{step.StepName}' went away, and {reason}.",
        };
        return new WorkflowEvent.StepFailed(step.StepId, failure) { Position = position, CreatedAt = createdAt };
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
        var counted = step.Attempt - step.Interruptions;
        switch (outcome)
        {
            case StepOutcome.Completed e:
                return new WorkflowEvent.StepCompleted(step.StepId, e.Output)
                { Position = position, CreatedAt = createdAt, HasReported = e.HasReported };
            case StepOutcome.Failed e when !e.IsFatal && counted < step.Retry.MaxAttempts:
                var delay = e.RetryAfter ?? step.Retry.DelayAfter(counted, random);
                return Retry(step, step.Attempt, Instants.RoundUp(Instants.Add(now, delay)), e.Error, step.Interruptions) with
                {
                    Position = position,
                    CreatedAt = createdAt,
                };
            case StepOutcome.Failed e:
                return new WorkflowEvent.StepFailed(step.StepId, e.Error) { Position = position, CreatedAt = createdAt };
            case StepOutcome.Unknown e:
                // The log was read after it, and the step is still open: nothing was committed.
                var failed = new StepOutcome.Failed(e.Error, IsFatal: false, RetryAfter: null);
                return End(step, failed, position, createdAt, now, random);
            case StepOutcome.GivenBack:
                return Retry(step, step.Attempt - 1, retryAfter: null, error: null, step.Interruptions) with
                {
                    Position = position,
                    CreatedAt = createdAt,
                };
            case StepOutcome.NotReady e:
                return Retry(step, step.Attempt - 1, Instants.RoundUp(Instants.Add(now, PauseUntilReady)), e.Error, step.Interruptions) with
                {
                    Position = position,
                    CreatedAt = createdAt,
                };
            default:
                return null;
        }
    }

    private static WorkflowEvent.StepRetrying Retry(
        StepRequest step, int attempt, DateTimeOffset? retryAfter, StructuredError? error, int interruptions) =>
        new(step.StepId, attempt, retryAfter, error)
        {
            Position = 0, // set by whoever asks
            CreatedAt = default,
            Interruptions = interruptions,
        };
}
