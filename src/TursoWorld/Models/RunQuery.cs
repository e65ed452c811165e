namespace TursoWorld;

/// <summary>Which runs to list. A property that is null restricts nothing.</summary>
public sealed record RunQuery
{
    /// <summary>Only runs with this status.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>Only runs with one of these statuses. Together with <see cref="Status"/>, runs must fit both.</summary>
    public IReadOnlyCollection<RunStatus>? Statuses { get; init; }

    /// <summary>Only runs of this workflow.</summary>
    public string? WorkflowName { get; init; }

    /// <summary>Only runs that this run began as its children, those that they continued as included.</summary>
    public string? ParentRunId { get; init; }

    /// <summary>Only runs that have this attribute, with this value.</summary>
    public KeyValuePair<string, string>? Attribute { get; init; }

    /// <summary>Only runs created at this instant or later.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Only runs created before this instant.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }
}
