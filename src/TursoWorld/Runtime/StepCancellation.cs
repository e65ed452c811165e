using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>Cuts one attempt of a step short. What its code has registered for that runs elsewhere, whatever it does.</summary>
#pragma warning disable CA1001 // The source has no timer and no wait handle, and a cancelled step may still hold its token.
internal sealed class StepCancellation(WorldDiagnostics diagnostics)
#pragma warning restore CA1001
{
    private CancellationTokenSource? _source; // most steps never ask for their token
    private int _cause;

    public CancellationToken Token => Volatile.Read(ref _source) is { } source ? source.Token : MakeToken();

    public bool IsCancelled => Cause != CancellationCause.None;

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

        if (Volatile.Read(ref _source) is { } source)
        {
            _ = CancelAsync(source);
        }

        return true;
    }

    private CancellationToken MakeToken()
    {
        if (IsCancelled)
        {
            return new CancellationToken(canceled: true);
        }

        var made = new CancellationTokenSource();
        var source = Interlocked.CompareExchange(ref _source, made, null) ?? made;
        if (IsCancelled)
        {
            _ = CancelAsync(source); // whoever cancelled just now may not have found it
        }

        return source.Token;
    }

    private async Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            diagnostics.LoopFailed("step.cancel", exception);
        }
    }
}
