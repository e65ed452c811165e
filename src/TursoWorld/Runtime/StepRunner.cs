using System.Diagnostics;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>Executes attempts of steps, so many at once.</summary>
internal sealed class StepRunner(
    ITurnWriter turns, Slots slots, TimeProvider timeProvider, WorldDiagnostics diagnostics)
{
    /// <summary>Executes one attempt, on the calling thread as far as the step's code goes without waiting.</summary>
    /// <param name="identity">The run.</param>
    /// <param name="message">In whose name results may be written.</param>
    /// <param name="step">The step.</param>
    /// <param name="attempt">The attempt that has been recorded.</param>
    /// <param name="cancellationToken">Fires when the result can no longer count.</param>
    public async ValueTask<EndedStep> RunAsync(
        RunIdentity identity, ClaimedMessage message, StepRequest step, int attempt, CancellationToken cancellationToken)
    {
        var outcome = await WaitAndRunAsync(identity, message, step, attempt, cancellationToken).ConfigureAwait(false);
        diagnostics.StepEnded(identity.RunId, step.StepId, step.StepName, attempt, outcome.GetType().Name);
        return new EndedStep(step.StepId, attempt, outcome);
    }

    private async ValueTask<StepOutcome> WaitAndRunAsync(
        RunIdentity identity, ClaimedMessage message, StepRequest step, int attempt, CancellationToken cancellationToken)
    {
        try
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new StepOutcome.GivenBack();
        }

        try
        {
            diagnostics.StepStarted(identity.RunId, step.StepId, step.StepName, attempt);
            var context = new StepContext(identity.RunId, step.StepId, step.StepName, attempt, cancellationToken);
            return await RunBodyAsync(message, step.Body, context).ConfigureAwait(false);
        }
        finally
        {
            slots.Release();
        }
    }

    private async ValueTask<StepOutcome> RunBodyAsync(ClaimedMessage message, StepBody body, StepContext context)
    {
        try
        {
            return body switch
            {
                StepBody.Plain plain => new StepOutcome.Completed(await plain.Run(context).ConfigureAwait(false)),
                StepBody.Transactional transactional => await TransactAsync(message, transactional, context)
                    .ConfigureAwait(false),
                _ => throw new UnreachableException(),
            };
        }
        catch (StorageException exception) when (exception.Code == ErrorCodes.OutcomeUnknown)
        {
            return new StepOutcome.Unknown(StructuredErrors.From(exception));
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            // However the step words it: it was cut short.
            return new StepOutcome.GivenBack();
        }
        catch (Exception exception)
        {
            var isFatal = exception is FatalStepException or SerializationException;
            var retryAfter = (exception as RetryStepException)?.RetryAfter;
            return new StepOutcome.Failed(StructuredErrors.From(exception), isFatal, retryAfter);
        }
    }

    private async Task<StepOutcome> TransactAsync(
        ClaimedMessage message, StepBody.Transactional body, StepContext context)
    {
        var reply = await turns.TransactAsync(
            message,
            context.StepId,
            async (connection, token) =>
            {
                var inside = new StepContext(context.RunId, context.StepId, context.StepName, context.Attempt, token);
                var output = await body.Run(new StepTransaction(connection), inside).ConfigureAwait(false);
                return new WorkflowEvent.StepCompleted(context.StepId, output)
                {
                    Position = 0, // wherever the log ends
                    CreatedAt = timeProvider.GetUtcNow(),
                };
            },
            context.CancellationToken).ConfigureAwait(false);

        // Of a run or a step that is over, the log says so.
        return reply.Outcome == TurnOutcome.LeaseLost ? new StepOutcome.Void() : new StepOutcome.Recorded();
    }
}
