namespace TursoWorld.Abstractions;

/// <summary>Room for so many step bodies and queue handlers at once. Whoever waits is served in order.</summary>
internal sealed class Slots(int count) : IDisposable
{
    private readonly SemaphoreSlim _free = new(count);
    private int _waiting;
    private int _isWanted;
    private long _releases;

    /// <summary>There is a free slot again, for somebody who has counted none.</summary>
    public event Action? Freed;

    /// <summary>How many are free.</summary>
    public int Free => _free.CurrentCount;

    /// <summary>How often slots were given back.</summary>
    public long Releases => Volatile.Read(ref _releases);

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
            Interlocked.Increment(ref _releases);
            _free.Release(taken);
            if (Volatile.Read(ref _isWanted) == 1 && _free.CurrentCount > 0 && Interlocked.Exchange(ref _isWanted, 0) == 1)
            {
                Freed?.Invoke();
            }
        }
    }

    /// <summary>How many are free. If none is, <see cref="Freed"/> is raised when one is.</summary>
    public int CountFree()
    {
        Interlocked.Exchange(ref _isWanted, 1); // before counting: what is released from now on is told, or counted
        var free = _free.CurrentCount;
        if (free > 0)
        {
            Volatile.Write(ref _isWanted, 0);
        }

        return free;
    }

    public void Dispose() => _free.Dispose();
}
