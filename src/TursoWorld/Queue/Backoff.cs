namespace TursoWorld.Queue;

/// <summary>How long a failed message waits: 1 s, 2 s, 4 s, … up to 60 s, each ± 20 %.</summary>
internal static class Backoff
{
    private const double FirstSeconds = 1;
    private const double LongestSeconds = 60;
    private const double Jitter = 0.2;

    /// <param name="failures">Failures so far, this one included; at least 1.</param>
    public static TimeSpan After(int failures, Random random)
    {
        var seconds = Math.Min(LongestSeconds, FirstSeconds * Math.Pow(2, Math.Min(failures - 1, 30)));
        return TimeSpan.FromSeconds(seconds * (1 - Jitter + (2 * Jitter * random.NextDouble())));
    }
}
