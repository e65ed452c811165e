using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>How a delivery ends that does not end well, and who hears of the end of a run.</summary>
internal sealed class RunDelivery(RunServices services)
{
    /// <summary>A run that is taken up this often without getting any further is given up.</summary>
    public const int MaxFailures = 48;

    /// <summary>Whether something about a run fails, or brings down, whoever takes it up.</summary>
    public static bool IsHopeless(ClaimedMessage message) =>
        message.Failures >= MaxFailures || message.Interruptions >= Interruption.MostOfRun;

    /// <summary>Fails the run: something about it brings down whoever takes it up.</summary>
    public async Task GiveUpAsync(ClaimedMessage message, RunIdentity identity)
    {
        var error = new StructuredError
        {
            Code = ErrorCodes.MaxDeliveriesExceeded,
            Message = message.Failures >= MaxFailures
                ? $"The run was taken up {MaxFailures} times without getting any further."
                : $"The process that had the run went away {message.Interruptions} times without the run getting any further.",
        };
        var now = Instants.RoundDown(services.TimeProvider.GetUtcNow());
        var failed = new WorkflowEvent.RunFailed(error) { Position = 0, CreatedAt = now }; // wherever the log ends
        var turn = new Turn { Message = message, RunId = identity.RunId, Events = [failed], HasDecisions = true, IsChild = identity.IsChild };
        var reply = await services.Turns.WriteAsync(turn, CancellationToken.None).ConfigureAwait(false);
        if (reply.Outcome == TurnOutcome.Written)
        {
            TellEnd(identity, failed);
        }
        else if (reply.Outcome == TurnOutcome.Moved)
        {
            await ParkAsync(message, identity).ConfigureAwait(false);
        }
    }

    /// <summary>Leaves a paused run alone until it is resumed, without having looked at its log.</summary>
    private async Task ParkAsync(ClaimedMessage message, RunIdentity identity)
    {
        var turn = new Turn
        {
            Message = message,
            RunId = identity.RunId,
            Events = [],
            Fate = MessageFate.Park,
            SeenWakes = message.Wakes,
        };
        var reply = await services.Turns.WriteAsync(turn, CancellationToken.None).ConfigureAwait(false);
        if (reply.Outcome == TurnOutcome.Written)
        {
            services.Diagnostics.RunParked(identity.RunId, reply.ParkedUntil);
        }
    }

    /// <summary>Gives the message back for a while. A run whose code does not fit its log says so until it does.</summary>
    public async Task FailAsync(ClaimedMessage message, string? runId, Exception exception)
    {
        try
        {
            var reason = exception is NotReadyException or NondeterminismException or WorkflowHangsException or PayloadCodecException or StorageException { IsTransient: false }
                ? exception.Message
                : null;
            var delay = await services.Turns.FailDeliveryAsync(message, reason, CancellationToken.None).ConfigureAwait(false);
            services.Diagnostics.MessageFailed(message.MessageId, delay, exception);
            if (reason is not null)
            {
                services.Diagnostics.RunBlocked(runId ?? message.MessageId, reason);
            }
        }
        catch (Exception failure) when (failure is StorageException or ObjectDisposedException)
        {
            // Nobody renews the lease any more: it stands still, and ends.
            services.Diagnostics.LoopFailed("run", new AggregateException(exception, failure));
        }
    }

    /// <summary>The end of the run is in the log: everybody who waits for it hears of it.</summary>
    public void TellEnd(RunIdentity identity, WorkflowEvent end)
    {
        switch (end)
        {
            case WorkflowEvent.RunCompleted e:
                services.Diagnostics.RunCompleted(identity.RunId, identity.Workflow.Name);
                services.Hub.SignalRunEnded(identity.RunId, new RunOutcome(RunStatus.Completed, e.Output, null)
                {
                    ContinuedToRunId = e.ContinuedToRunId,
                });
                break;
            case WorkflowEvent.RunFailed e:
                services.Diagnostics.RunFailed(identity.RunId, identity.Workflow.Name, e.Error);
                services.Hub.SignalRunEnded(identity.RunId, new RunOutcome(RunStatus.Failed, null, e.Error));
                break;
            case WorkflowEvent.RunCancelled e:
                var cancellation = new RunCancellation(e.Code ?? ErrorCodes.RunCancelled, e.Reason);
                services.Diagnostics.RunCancelled(identity.RunId);
                services.Hub.SignalRunEnded(identity.RunId, new RunOutcome(RunStatus.Cancelled, null, null, cancellation));
                break;
        }
    }
}
