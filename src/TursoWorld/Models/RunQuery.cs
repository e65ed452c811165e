namespace TursoWorld;

/// <summary>Which runs to list. A property that is null restricts nothing.</summary>
public sealed record RunQuery
{
    /// <summary>Only runs with this status.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>Only runs of this workflow.</summary>
    public string? WorkflowName { get; init; }
}
