namespace TursoWorld.Runtime;

/// <summary>An attempt of a queued step that executes here.</summary>
internal sealed class QueuedAttempt
{
    public QueuedAttempt(RunClaim claim, AttemptIdentity identity, StepCancellation cancellation)
    {
        (Claim, Identity, Cancellation) = (claim, identity, cancellation);
        claim.Begin(cancellation);
    }

    /// <summary>The claim of its own message.</summary>
    public RunClaim Claim { get; }

    public AttemptIdentity Identity { get; }

    public StepCancellation Cancellation { get; }

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
