namespace TursoWorld;

/// <summary>Whether a database can be worked with at the moment.</summary>
public sealed record HealthReport
{
    /// <summary>Whether a question was answered.</summary>
    public required bool CanRead { get; init; }

    /// <summary>Whether a write was committed.</summary>
    public required bool CanWrite { get; init; }

    /// <summary>How long the question took, answered or not.</summary>
    public required TimeSpan ReadTime { get; init; }

    /// <summary>How long the write took, together with those it had to wait for.</summary>
    public required TimeSpan WriteTime { get; init; }

    /// <summary>What is wrong, as one of <see cref="ErrorCodes"/>; null when nothing is.</summary>
    public string? Code { get; init; }

    /// <summary>What is wrong and what to do about it; null when nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>
    /// Why work waits although the database can be worked with, and what to do about it: work that has been due for 30 seconds and that no
    /// process has taken up, slots that have all been taken for a minute. Empty when nothing waits in vain.
    /// </summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Whether the database can be read and written.</summary>
    public bool IsHealthy => CanRead && CanWrite;

    /// <summary>Whether the database can be worked with, and <see cref="Reasons"/> say why work waits all the same.</summary>
    public bool IsDegraded => IsHealthy && Reasons.Count > 0;
}
