using System.Diagnostics;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>One attempt of a step while its code executes, and what its end means.</summary>
internal sealed class StepExecution(RunClaim claim, AttemptIdentity attempt, AttemptWatch watch, StepHeartbeats heartbeats)
{
    public AttemptIdentity Attempt => attempt;

    public AttemptWatch Watch => watch;

    public StepHeartbeats Heartbeats => heartbeats;

    public async ValueTask<StepOutcome> RunAsync(ITurnWriter turns, JsonPayloads payloads, TimeProvider timeProvider)
    {
        try
        {
            var context = new StepContext(attempt, watch, heartbeats, payloads);
            return attempt.Step.Body switch
            {
                StepBody.Plain plain => await RunAsync(plain, context).ConfigureAwait(false),
                StepBody.Transactional transactional => await TransactAsync(turns, transactional, context, timeProvider)
                    .ConfigureAwait(false),
                _ => throw new UnreachableException(),
            };
        }
        catch (StorageException exception) when (exception.Code == ErrorCodes.OutcomeUnknown && attempt.Step.Body is StepBody.Transactional)
        {
            return new StepOutcome.Unknown(StructuredErrors.From(exception));
        }
        catch (NotReadyException exception)
        {
            return new StepOutcome.NotReady(new StructuredError { Code = ErrorCodes.StepNotReady, Message = exception.Message });
        }
        catch (Exception) when (watch.IsElapsed)
        {
            // However the step words it: it was cut short.
            return OutOfTime();
        }
        catch (Exception) when (watch.IsCancelled)
        {
            return new StepOutcome.GivenBack();
        }
        catch (Exception exception)
        {
            return Failure(exception);
        }
    }

    /// <summary>The attempt has taken, or been silent for, longer than it may.</summary>
    public StepOutcome.Failed OutOfTime()
    {
        var (code, words) = watch.Cause == CancellationCause.HeartbeatTimeout
            ? (ErrorCodes.StepHeartbeatTimeout, $"was silent for longer than {attempt.Step.Options.HeartbeatTimeout}")
            : (ErrorCodes.StepTimeout, $"took longer than {attempt.Step.Options.Timeout}");
        var error = new StructuredError
        {
            Code = code,
            Message = $"Attempt {attempt.Number} of step '{attempt.Step.StepName}' {words}.",
        };
        return new StepOutcome.Failed(error, IsFatal: false, RetryAfter: null);
    }

    private async ValueTask<StepOutcome> RunAsync(StepBody.Plain body, StepContext context)
    {
        try
        {
            if (attempt.Step.HasBegunBefore)
            {
                await heartbeats.LoadAsync(watch.Token).ConfigureAwait(false);
            }

            watch.Begin();
            var output = await body.Run(context).ConfigureAwait(false);
            return watch.IsElapsed ? OutOfTime() : new StepOutcome.Completed(output, heartbeats.MayHaveReported);
        }
        finally
        {
            await heartbeats.CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task<StepOutcome> TransactAsync(
        ITurnWriter turns, StepBody.Transactional body, StepContext context, TimeProvider timeProvider)
    {
        var reply = await turns.TransactAsync(
            claim.Message,
            new StepPlace(attempt.Step.StepId, attempt.Step.Created),
            async (connection, token) =>
            {
                watch.Begin();
                var output = await body.Run(new StepTransaction(connection), context.Inside(token)).ConfigureAwait(false);
                return new WorkflowEvent.StepCompleted(context.StepId, output)
                {
                    Position = 0, // wherever the log ends
                    CreatedAt = timeProvider.GetUtcNow(),
                    HasReported = heartbeats.MayHaveReported,
                };
            },
            watch.Token).ConfigureAwait(false);

        // Of a run or a step that is over, the log says so.
        return reply.Outcome == TurnOutcome.LeaseLost ? new StepOutcome.Void() : new StepOutcome.Recorded();
    }

    private StepOutcome.Failed Failure(Exception exception)
    {
        var retryAfter = (exception as RetryStepException)?.RetryAfter;
        try
        {
            var isFatal = exception is FatalStepException or SerializationException or ContextMisuseException || attempt.Step.Retry.IsFinal(exception);
            return new StepOutcome.Failed(StructuredErrors.From(exception), isFatal, retryAfter);
        }
        catch (Exception failure)
        {
            // A condition of the policy is code of strangers. It says nothing then, and the attempt says both.
            return new StepOutcome.Failed(
                StructuredErrors.From(new AggregateException(exception, failure)), IsFatal: false, retryAfter);
        }
    }
}
