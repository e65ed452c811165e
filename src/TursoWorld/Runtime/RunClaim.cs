using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>One claim of a run's message by this process, and what is under way in its name.</summary>
#pragma warning disable CA1001 // The source has no timer and no wait handle, and a cancelled step may still hold its token.
internal sealed class RunClaim(ClaimedMessage message, WorldDiagnostics diagnostics)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _cancelSteps = new();
    private volatile bool _isLost;
    private int _cause;

    public ClaimedMessage Message { get; private set; } = message;

    /// <summary>True when another worker has the message, or nobody: nothing may be written in the name of the claim.</summary>
    public bool IsLost => _isLost;

    /// <summary>Fires when the result of a step can no longer count.</summary>
    public CancellationToken CancelSteps => _cancelSteps.Token;

    /// <summary>Why it fired; known before it does.</summary>
    public CancellationCause Cause => (CancellationCause)Volatile.Read(ref _cause);

    public void ClearFailures() => Message = Message with { Failures = 0 };

    public void Lose()
    {
        _isLost = true;
        Cancel(CancellationCause.LeaseLost);
    }

    /// <summary>Cuts short what is executing. What the steps registered runs elsewhere, whatever it does.</summary>
    /// <param name="cause">Why; the first cause stays.</param>
    public void Cancel(CancellationCause cause)
    {
        Interlocked.CompareExchange(ref _cause, (int)cause, (int)CancellationCause.None);
        _ = CancelAsync();
    }

    private async Task CancelAsync()
    {
        try
        {
            await _cancelSteps.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            diagnostics.LoopFailed("step.cancel", exception);
        }
    }
}
