// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using TursoWorld.Abstractions;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <content>Code around other code: scopes, timeouts, loops.</content>
public sealed partial class WorkflowContext
{
    /// <summary>
    /// Runs code whose steps, sleeps and hooks can be cancelled together, those of everything that it calls included. Scopes may be
    /// nested; cancelling one cancels those within. What the code does not wait for goes on when it ends.
    /// </summary>
    /// <param name="body">The code; it may cancel the scope that it is given, and so may whoever else gets hold of it.</param>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <exception cref="OperationCanceledException">The scope was cancelled, and the code did not catch that.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public async Task<T> ScopeAsync<T>(Func<CancellationScope, Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var scope = _engine.Scopes.New();
        return await _engine.Scopes.RunAsync(scope, () => body(new CancellationScope(_engine, scope)));
    }

    /// <summary>Runs code that has no result and can be cancelled.</summary>
    /// <inheritdoc cref="ScopeAsync{T}(Func{CancellationScope, Task{T}})" />
    public Task ScopeAsync(Func<CancellationScope, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return ScopeAsync<object?>(async scope =>
        {
            await body(scope);
            return null;
        });
    }

    /// <summary>
    /// Runs code that is not cancelled with the scope around it, such as what undoes things after a cancellation: in a scope that is
    /// cancelled, nothing else can begin any more.
    /// </summary>
    /// <param name="body">The code.</param>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public async Task<T> ShieldAsync<T>(Func<Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return await _engine.Scopes.RunAsync(_engine.Scopes.New(isShield: true), body);
    }

    /// <summary>Runs code that has no result and is not cancelled with the scope around it.</summary>
    /// <inheritdoc cref="ShieldAsync{T}(Func{Task{T}})" />
    public Task ShieldAsync(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return ShieldAsync(() => WithoutResultAsync(body));
    }

    /// <summary>
    /// Runs code that has to end in time. If it does not, its steps, sleeps and hooks are cancelled, and its clean-up is waited for
    /// (code that waits for something that was begun outside is not). If it does, nothing of the timer is left.
    /// </summary>
    /// <param name="timeout">The time; not negative, or <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="operation">The code.</param>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <exception cref="WorkflowTimeoutException">
    /// The code did not end in time. What it threw while it was being cancelled, if anything else than that, is the inner exception.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public async Task<T> WithTimeoutAsync<T>(TimeSpan timeout, Func<Task<T>> operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Durations.RequireTimeout(timeout, nameof(timeout));
        return await _engine.Scopes.RunAsync(_engine.Scopes.New(), timeout, operation);
    }

    /// <summary>Runs code that has no result and has to end in time.</summary>
    /// <inheritdoc cref="WithTimeoutAsync{T}(TimeSpan, Func{Task{T}})" />
    public Task WithTimeoutAsync(TimeSpan timeout, Func<Task> operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return WithTimeoutAsync(timeout, () => WithoutResultAsync(operation));
    }

    /// <summary>
    /// Works on items, so many at once. Whatever the code of an item asks for is recorded as usual; tens of thousands of items are
    /// fine.
    /// </summary>
    /// <param name="items">The items, in an order that is the same whenever the code is replayed; read at once.</param>
    /// <param name="maxParallel">How many are worked on at once, at least 1. Steps are bounded by <see cref="WorldOptions.Concurrency"/> as well.</param>
    /// <param name="body">What to do with an item.</param>
    /// <param name="onFailure">What becomes of other items when one fails. Default <see cref="OnItemFailure.CancelOthers"/>.</param>
    /// <typeparam name="TItem">Type of an item.</typeparam>
    /// <typeparam name="TResult">Type of the result of an item.</typeparam>
    /// <returns>The results, in the order of the items.</returns>
    /// <exception cref="ItemsFailedException">Items failed, and failures were to be collected.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxParallel"/> is less than 1.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public async Task<IReadOnlyList<TResult>> ForEachAsync<TItem, TResult>(
        IEnumerable<TItem> items,
        int maxParallel,
        Func<TItem, Task<TResult>> body,
        OnItemFailure onFailure = OnItemFailure.CancelOthers)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxParallel, 1);
        ArgumentNullException.ThrowIfNull(body);
        var scope = _engine.Scopes.New();
        var loop = new ForEachLoop<TItem, TResult>([.. items], body, onFailure, scope);
        return await _engine.Scopes.RunAsync(scope, () => loop.RunAsync(maxParallel));
    }

    /// <summary>Works on items that have no results, so many at once.</summary>
    /// <inheritdoc cref="ForEachAsync{TItem, TResult}(IEnumerable{TItem}, int, Func{TItem, Task{TResult}}, OnItemFailure)" />
    public Task ForEachAsync<TItem>(
        IEnumerable<TItem> items,
        int maxParallel,
        Func<TItem, Task> body,
        OnItemFailure onFailure = OnItemFailure.CancelOthers)
    {
        ArgumentNullException.ThrowIfNull(body);
        return ForEachAsync(items, maxParallel, item => WithoutResultAsync(() => body(item)), onFailure);
    }

    private static async Task<object?> WithoutResultAsync(Func<Task> body)
    {
        await body();
        return null;
    }
}
