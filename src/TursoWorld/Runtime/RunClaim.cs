using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>One claim of a run's message by this process, and what is under way in its name.</summary>
internal sealed class RunClaim(ClaimedMessage message, WorldDiagnostics diagnostics)
{
    private readonly StepCancellation _cancelSteps = new(diagnostics);
    private volatile bool _isLost;

    public ClaimedMessage Message { get; private set; } = message;

    /// <summary>True when another worker has the message, or nobody: nothing may be written in the name of the claim.</summary>
    public bool IsLost => _isLost;

    /// <summary>Fires when the result of a step can no longer count.</summary>
    public CancellationToken CancelSteps => _cancelSteps.Token;

    public void ClearFailures() => Message = Message with { Failures = 0 };

    public void Lose()
    {
        _isLost = true;
        Cancel();
    }

    /// <summary>Cuts short what is executing.</summary>
    public void Cancel() => _cancelSteps.Cancel();
}
