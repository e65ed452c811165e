using System.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>How long to wait before a further attempt: data, so that it can go with a step to another process.</summary>
/// <param name="Growth">How delays grow from attempt to attempt.</param>
/// <param name="First">The first delay.</param>
/// <param name="Longest">The longest delay, before jitter.</param>
/// <param name="Jitter">By which part a delay varies at random in both directions, 0 to 1.</param>
internal sealed record RetryDelays(RetryGrowth Growth, TimeSpan First, TimeSpan Longest, double Jitter)
{
    /// <summary>No delay is longer, jitter included: a hundred years.</summary>
    public static readonly TimeSpan LongestOfAll = TimeSpan.FromDays(36_500);

    /// <param name="attempt">The number of the attempt that failed, from 1.</param>
    public TimeSpan After(int attempt) => Growth switch
    {
        _ when First == TimeSpan.Zero => TimeSpan.Zero, // doubled for ever, it would be no number
        RetryGrowth.Fixed => Least(First, LongestOfAll),
        RetryGrowth.Linear => Min(First.TotalSeconds * attempt),
        RetryGrowth.Exponential => Min(First.TotalSeconds * Math.Pow(2, attempt - 1)),
        _ => throw new UnreachableException(),
    };

    // In seconds: a delay that has doubled often enough is no TimeSpan any more.
    private TimeSpan Min(double seconds)
    {
        var longest = Least(Longest, LongestOfAll);
        return seconds < longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : longest;
    }

    /// <summary>A delay with jitter: at most a hundred years as well.</summary>
    /// <param name="attempt">The number of the attempt that failed, from 1.</param>
    /// <param name="random">Where jitter comes from.</param>
    public TimeSpan After(int attempt, Random random) =>
        Least(After(attempt) * (1 - Jitter + (2 * Jitter * random.NextDouble())), LongestOfAll);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}

/// <summary>How delays grow.</summary>
internal enum RetryGrowth
{
    Fixed,
    Linear,
    Exponential,
}
