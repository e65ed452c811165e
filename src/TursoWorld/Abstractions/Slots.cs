namespace TursoWorld.Abstractions;

/// <summary>Room for so many step bodies and queue handlers at once. Whoever waits is served in order.</summary>
internal sealed class Slots(int count) : IDisposable
{
    private readonly SemaphoreSlim _free = new(count);
    private int _waiting;
    private int _isWanted;

    /// <summary>There is a free slot again, for somebody who has asked to be told.</summary>
    public event Action? Freed;

    /// <summary>How many are free.</summary>
    public int Free => _free.CurrentCount;

    /// <summary>How many wait for a slot.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

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
            if (Volatile.Read(ref _isWanted) == 1 && _free.CurrentCount > 0 && Interlocked.Exchange(ref _isWanted, 0) == 1)
            {
                Freed?.Invoke();
            }
        }
    }

    /// <summary>Unless a slot is free, says that <see cref="Freed"/> is to be raised when one is.</summary>
    public void AskForFree() => Volatile.Write(ref _isWanted, _free.CurrentCount == 0 ? 1 : 0);

    public void Dispose() => _free.Dispose();
}
