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

    /// <summary>Runs a function marked as inside; the mark does not leave it.</summary>
    public static async Task<T> RunInsideAsync<T>(Func<Task<T>> function)
    {
        Inside.Value = true;
        return await function().ConfigureAwait(false);
    }
}
