namespace TursoWorld.Sql;

/// <summary>
/// Marks the code that runs inside an exclusive transaction. A call to the world from there would wait for the writer,
/// which waits for that code: it must throw at once instead.
/// </summary>
internal static class ExclusiveTransaction
{
    private static readonly AsyncLocal<bool> Inside = new();

    public static void ThrowIfInside()
    {
        if (Inside.Value)
        {
            throw new InvalidOperationException(
                "The world was called inside a transactional step, which holds the database until it returns. Use the "
                + "step's own connection there, and call the world before or after the step.");
        }
    }

    /// <summary>
    /// Runs the body of an exclusive transaction, marked as inside, for as long as it may take. The mark does not leave it. A body that
    /// does not listen to its token goes on, and nobody waits for it.
    /// </summary>
    /// <param name="begin">Prepares what the body works with, and returns the body; it gets the token that tells the body to end.</param>
    /// <param name="endAsync">Takes away what the body works with, while the token still tells it; told whether the body has returned.</param>
    /// <param name="limit">How long the body may take.</param>
    /// <param name="timeProvider">The clock for that.</param>
    /// <param name="cancellationToken">Gives up earlier.</param>
    /// <exception cref="TimeoutException">It has taken longer.</exception>
    public static async Task<T> RunAsync<T>(
        Func<CancellationToken, Func<Task<T>>> begin,
        Func<bool, Task> endAsync,
        TimeSpan limit,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var hasReturned = false;
        try
        {
            var body = begin(both.Token);
            var running = Task.Run(() => RunInsideAsync(body), CancellationToken.None);

            // Of a body that goes on without being waited for, nobody else looks at what it throws.
            _ = running.ContinueWith(
                static left => left.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            var result = await running.WaitAsync(limit, timeProvider, cancellationToken).ConfigureAwait(false);
            hasReturned = true;
            return result;
        }
        catch (Exception exception) when (
            exception is not TimeoutException && timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"A transactional step took longer than {limit.TotalSeconds:0.#} seconds.", exception);
        }
        finally
        {
            await endAsync(hasReturned).ConfigureAwait(false);
        }
    }

    private static async Task<T> RunInsideAsync<T>(Func<Task<T>> function)
    {
        Inside.Value = true;
        return await function().ConfigureAwait(false);
    }
}
