// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above

namespace TursoWorld.Runtime;

/// <summary>
/// The cancellation scopes of one workflow. Which one code is in follows the code itself, through every await: whatever it asks
/// for belongs to the scope, without being told.
/// </summary>
internal sealed class Scopes(ReplayEngine engine)
{
    private readonly AsyncLocal<Scope?> _current = new();
    private readonly List<(Scope Scope, TaskCompletionSource Idle)> _unwinding = [];

    public Scope? Current => _current.Value;

    /// <exception cref="OperationCanceledException">The code is in a scope that was cancelled, where nothing can begin any more.</exception>
    public void RequireNotCancelled()
    {
        if (Current is { IsCancelled: true })
        {
            throw new OperationCanceledException(
                "The scope of this code was cancelled, and nothing can begin in it any more. Use ShieldAsync for what has to be done nevertheless.");
        }
    }

    public Scope New(bool isShield = false)
    {
        engine.RequireInside();
        var scope = new Scope(engine, Current, isShield);
        scope.Join(Current);
        return scope;
    }

    /// <summary>Runs code in a scope.</summary>
    public async Task<T> RunAsync<T>(Scope scope, Func<Task<T>> code)
    {
        _current.Value = scope; // until this method ends, and only for what it calls
        try
        {
            return await code();
        }
        finally
        {
            scope.End();
        }
    }

    /// <summary>Runs code in a scope, which is cancelled when the code has not ended after a time.</summary>
    public async Task<T> RunAsync<T>(Scope scope, TimeSpan timeout, Func<Task<T>> code)
    {
        var work = RunAsync(scope, code);
        if (work.IsCompleted || timeout == Timeout.InfiniteTimeSpan)
        {
            return await work;
        }

        var timer = engine.RequestWait(timeout, Current);
        var time = EndsAsync(timer);
        await Task.WhenAny(work, time);
        if (work.IsCompleted || !time.IsCompletedSuccessfully)
        {
            engine.Cancel(timer);
            return await work;
        }

        scope.Cancel();
        await UnwindAsync(scope, work);
        throw new WorkflowTimeoutException(timeout, work.Exception?.InnerException);
    }

    /// <summary>Lets code go on that waits for a cancelled scope to unwind, when nothing can come of that any more.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryAbandon(WorkflowScheduler scheduler)
    {
        var index = _unwinding.FindIndex(unwinding => !unwinding.Scope.HasOpen);
        if (index < 0)
        {
            return false;
        }

        var idle = _unwinding[index].Idle;
        _unwinding.RemoveAt(index);
        scheduler.DrainAfter(source => source.SetResult(), idle);
        return true;
    }

    /// <summary>
    /// Waits until cancelled code has ended, its clean-up included. Code that then waits for something that was begun outside of
    /// the scope is left to itself: nothing would make it end.
    /// </summary>
    private async Task UnwindAsync(Scope scope, Task work)
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _unwinding.Add((scope, idle));
        await Task.WhenAny(work, EndsAsync(idle.Task));
        _unwinding.RemoveAll(unwinding => unwinding.Idle == idle);
    }

    // Awaited here: Task.WhenAny of a bare source would go on elsewhere.
    private static async Task EndsAsync(Request request) => await request.Result;

    private static async Task EndsAsync(Task task) => await task;
}
