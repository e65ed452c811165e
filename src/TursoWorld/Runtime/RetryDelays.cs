using System.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>How long to wait before a further attempt: data, so that it can go with a step to another process.</summary>
/// <param name="Growth">How delays grow from attempt to attempt.</param>
/// <param name="First">The first delay.</param>
/// <param name="Longest">The longest delay, before jitter.</param>
/// <param name="Jitter">By which part a delay varies at random in both directions, 0 to 1.</param>
internal sealed record RetryDelays(RetryGrowth Growth, TimeSpan First, TimeSpan Longest, double Jitter)
{
    /// <param name="attempt">The number of the attempt that failed, from 1.</param>
    public TimeSpan After(int attempt) => Growth switch
    {
        RetryGrowth.Fixed => First,
        RetryGrowth.Linear => Min(First.TotalSeconds * attempt),
        RetryGrowth.Exponential => Min(First.TotalSeconds * Math.Pow(2, attempt - 1)),
        _ => throw new UnreachableException(),
    };

    // In seconds: a delay that has doubled often enough is no TimeSpan any more.
    private TimeSpan Min(double seconds) => seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;
}

/// <summary>How delays grow.</summary>
internal enum RetryGrowth
{
    Fixed,
    Linear,
    Exponential,
}
