namespace TursoWorld.Benchmarks;

/// <summary>What SQLite alone does on this disk, with nobody in between.</summary>
/// <param name="R1">Prepared transactions of one row per second.</param>
/// <param name="R1000">Rows per second at 1,000 rows a transaction.</param>
internal sealed record RawLimits(double R1, double R1000)
{
    /// <summary>How long a transaction of one row takes, in milliseconds.</summary>
    public double CommitMs => 1_000 / R1;

    public static RawLimits Mean(RawLimits one, RawLimits other) =>
        new((one.R1 + other.R1) / 2, (one.R1000 + other.R1000) / 2);
}
