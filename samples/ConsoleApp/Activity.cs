using System.Collections.Concurrent;

namespace ConsoleApp;

/// <summary>What this process is doing at the moment: for the display only, and not kept.</summary>
internal sealed class Activity
{
    private readonly ConcurrentDictionary<string, bool> _sleeping = new();
    private long _steps;

    /// <summary>Attempts of steps since the start.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    public int Sleeping => _sleeping.Count;

    public void StepRan() => Interlocked.Increment(ref _steps);

    public void FellAsleep(string orderId) => _sleeping[orderId] = true;

    public void WokeUp(string orderId) => _sleeping.TryRemove(orderId, out _);
}
