namespace TursoWorld.Benchmarks;

internal static class Statistics
{
    public static double Median(IReadOnlyList<double> values) => Percentile(values, 50);

    /// <summary>The smallest value that at least <paramref name="percent"/> % of the values do not exceed.</summary>
    public static double Percentile(IReadOnlyList<double> values, int percent)
    {
        var sorted = values.Order().ToList();
        var rank = ((sorted.Count * percent) + 99) / 100;
        return sorted[Math.Max(rank, 1) - 1];
    }
}
