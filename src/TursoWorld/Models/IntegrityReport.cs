namespace TursoWorld;

/// <summary>What a check of a database found.</summary>
public sealed record IntegrityReport
{
    /// <summary>The most problems that a report lists; a check that finds more ends there.</summary>
    public const int MaxProblems = 1_000;

    /// <summary>What is wrong; empty when the database is sound.</summary>
    public required IReadOnlyList<IntegrityProblem> Problems { get; init; }

    /// <summary>Runs whose logs were looked at.</summary>
    public required long RunsChecked { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Problems.Count == 0;
}
