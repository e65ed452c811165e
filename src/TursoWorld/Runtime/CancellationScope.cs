using TursoWorld.Abstractions;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>
/// A piece of workflow code whose steps, sleeps and hooks can be cancelled together: see
/// <see cref="WorkflowContext.ScopeAsync{T}"/>. Only the code of the workflow may use it.
/// </summary>
public sealed class CancellationScope
{
    private readonly ReplayEngine _engine;
    private readonly Scope _scope;

    internal CancellationScope(ReplayEngine engine, Scope scope)
    {
        _engine = engine;
        _scope = scope;
    }

    /// <summary>Whether this scope, or one around it, was cancelled.</summary>
    public bool IsCancelled => _scope.IsCancelled;

    /// <summary>
    /// Cancels what was begun in the scope and has not ended, in the order in which it was begun: whoever awaits it gets an
    /// <see cref="OperationCanceledException"/>, and so does whatever is begun in the scope afterwards. That is recorded: a step that
    /// executes is told through <see cref="StepContext.CancellationToken"/> and its result is void, no further attempt begins, a sleep
    /// wakes nobody, and the token of a hook is free. A second call does nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public void Cancel()
    {
        _engine.RequireInside();
        _scope.Cancel();
    }

    /// <summary>Cancels after a time, unless the code of the scope has ended by then. A second call sets another time.</summary>
    /// <param name="delay">How long from now; not negative, or <see cref="Timeout.InfiniteTimeSpan"/> for never.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public void CancelAfter(TimeSpan delay)
    {
        Durations.RequireTimeout(delay, nameof(delay));
        _engine.RequireInside();
        _scope.CancelAfter(delay);
    }

    /// <summary>Ends code that does not await anything of the scope.</summary>
    /// <exception cref="OperationCanceledException">The scope was cancelled.</exception>
    public void ThrowIfCancelled()
    {
        if (IsCancelled)
        {
            throw new OperationCanceledException("The scope of this code was cancelled.");
        }
    }
}
