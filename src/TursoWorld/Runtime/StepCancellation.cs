using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>Cuts one attempt of a step short. What its code has registered for that runs elsewhere, whatever it does.</summary>
#pragma warning disable CA1001 // The source has no timer and no wait handle, and a cancelled step may still hold its token.
internal sealed class StepCancellation(WorldDiagnostics diagnostics)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _source = new();
    private int _cause;

    public CancellationToken Token => _source.Token;

    /// <summary>Why the token fires; known before it does.</summary>
    public CancellationCause Cause => (CancellationCause)Volatile.Read(ref _cause);

    /// <param name="cause">Why.</param>
    /// <returns>False when something else came first: its cause stays.</returns>
    public bool Cancel(CancellationCause cause)
    {
        if (Interlocked.CompareExchange(ref _cause, (int)cause, (int)CancellationCause.None) != (int)CancellationCause.None)
        {
            return false;
        }

        _ = CancelAsync();
        return true;
    }

    private async Task CancelAsync()
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            diagnostics.LoopFailed("step.cancel", exception);
        }
    }
}
