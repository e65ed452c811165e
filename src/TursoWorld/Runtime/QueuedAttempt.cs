namespace TursoWorld.Runtime;

/// <summary>An attempt of a queued step that executes here.</summary>
internal sealed class QueuedAttempt
{
    public QueuedAttempt(RunClaim claim, AttemptIdentity identity, StepCancellation cancellation, PreparedStep prepared)
    {
        (Claim, Identity, Cancellation, Prepared) = (claim, identity, cancellation, prepared);
        claim.Begin(cancellation);
    }

    /// <summary>The claim of its own message.</summary>
    public RunClaim Claim { get; }

    public AttemptIdentity Identity { get; }

    public StepCancellation Cancellation { get; }

    /// <summary>What it executes.</summary>
    public PreparedStep Prepared { get; }

    /// <summary>Cuts it short.</summary>
    public void Cancel(CancellationCause cause)
    {
        if (cause == CancellationCause.LeaseLost)
        {
            Claim.Lose();
        }
        else
        {
            Claim.Cancel(cause);
        }
    }
}
