namespace TursoWorld.LibSql;

/// <summary>Waits for asynchronous work on behalf of the synchronous half of ADO.NET. The only place that does.</summary>
internal static class Blocking
{
    /// <summary>
    /// Blocks the caller. What is awaited never comes back to the caller's context, unless a callback of the caller does; where there
    /// is a context to come back to, the work begins on the pool.
    /// </summary>
    public static T Wait<T>(Func<Task<T>> work) =>
        SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default
            ? work().GetAwaiter().GetResult()
            : Task.Run(work).GetAwaiter().GetResult();

    /// <inheritdoc cref="Wait{T}(Func{Task{T}})"/>
    public static void Wait(Func<Task> work) => Wait(async () =>
    {
        await work().ConfigureAwait(false);
        return true;
    });
}
