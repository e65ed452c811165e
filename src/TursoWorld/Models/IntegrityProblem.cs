namespace TursoWorld;

/// <summary>Something that is wrong in a database.</summary>
public sealed record IntegrityProblem
{
    /// <summary>What is wrong.</summary>
    public required IntegrityProblemKind Kind { get; init; }

    /// <summary>The run it is about; null when it is about none, or about one that does not exist.</summary>
    public string? RunId { get; init; }

    /// <summary>What was found, in words.</summary>
    public required string Text { get; init; }
}
