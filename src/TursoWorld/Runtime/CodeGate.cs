namespace TursoWorld.Runtime;

/// <summary>
/// Whether code executes, and whose the run is afterwards: the thread's on which it does, or another one's that has given that
/// thread up.
/// </summary>
internal sealed class CodeGate
{
    private const long GivenUp = -1;

    private long _entries; // odd while code executes

    /// <summary>True once nobody waits for the code any more. Its thread may still execute it, and must not touch anything.</summary>
    public bool IsGivenUp => Volatile.Read(ref _entries) == GivenUp;

    /// <summary>Tells this execution from every other one; null while no code executes.</summary>
    public long? Execution => Volatile.Read(ref _entries) is var entries && entries > 0 && entries % 2 == 1 ? entries : null;

    /// <returns>False when the code was given up.</returns>
    public bool TryEnter() => !IsGivenUp && Interlocked.Increment(ref _entries) > 0;

    /// <exception cref="CodeGivenUpException">Somebody else goes on with the run.</exception>
    public void Leave()
    {
        var entries = Volatile.Read(ref _entries);
        if (entries == GivenUp || Interlocked.CompareExchange(ref _entries, entries + 1, entries) != entries)
        {
            throw new CodeGivenUpException();
        }
    }

    /// <returns>True for the one caller whose the run is from now on; false when the code has come to rest.</returns>
    public bool TryGiveUp(long execution) => Interlocked.CompareExchange(ref _entries, GivenUp, execution) == execution;
}
