namespace TursoWorld.Storage;

/// <summary>Of a row of <c>workflow_runs</c>, what decides whether something may be recorded about the run.</summary>
internal sealed class RunFacts
{
    public long run_key { get; init; }
    public required string status { get; init; }
    public long? spec_version { get; init; }
    public string? attributes { get; init; }
}
