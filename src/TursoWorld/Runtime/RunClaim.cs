using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>One claim of a run's message by this process, and what is under way in its name.</summary>
internal sealed class RunClaim(ClaimedMessage message)
{
    private readonly Lock _lock = new();
    private readonly HashSet<StepCancellation> _executing = []; // guarded by the lock, as is the cause
    private CancellationCause _cause;
    private volatile bool _isLost;

    public ClaimedMessage Message { get; private set; } = message;

    /// <summary>True when another worker has the message, or nobody: nothing may be written in the name of the claim.</summary>
    public bool IsLost => _isLost;

    public void ClearFailures() => Message = Message with { Failures = 0 };

    public void ClearInterruptions() => Message = Message with { Interruptions = 0, Lane = Lane.Open };

    public void Lose()
    {
        _isLost = true;
        Cancel(CancellationCause.LeaseLost);
    }

    /// <summary>An attempt executes in the name of the claim: it is cut short with it.</summary>
    public void Begin(StepCancellation attempt)
    {
        lock (_lock)
        {
            _executing.Add(attempt);
            if (_cause != CancellationCause.None)
            {
                attempt.Cancel(_cause);
            }
        }
    }

    public void End(StepCancellation attempt)
    {
        lock (_lock)
        {
            _executing.Remove(attempt);
        }
    }

    /// <summary>Cuts short what is executing.</summary>
    /// <param name="cause">Why; the first cause stays.</param>
    public void Cancel(CancellationCause cause)
    {
        lock (_lock)
        {
            if (_cause != CancellationCause.None)
            {
                return;
            }

            _cause = cause;
            foreach (var attempt in _executing)
            {
                attempt.Cancel(cause);
            }
        }
    }
}
