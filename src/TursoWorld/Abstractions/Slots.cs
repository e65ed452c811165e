namespace TursoWorld.Abstractions;

/// <summary>Room for so many step bodies and queue handlers at once. Whoever waits is served in order.</summary>
internal sealed class Slots(int count) : IDisposable
{
    private readonly SemaphoreSlim _free = new(count);

    public Task WaitAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    /// <summary>Takes as many as are free.</summary>
    /// <returns>Between 0 and <paramref name="most"/>.</returns>
    public int Take(int most)
    {
        var taken = 0;
        while (taken < most && _free.Wait(0, CancellationToken.None))
        {
            taken++;
        }

        return taken;
    }

    public void Release(int taken = 1)
    {
        if (taken > 0)
        {
            _free.Release(taken);
        }
    }

    public void Dispose() => _free.Dispose();
}
