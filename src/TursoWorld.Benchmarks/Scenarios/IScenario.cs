namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>One thing that is measured. It warms up before it looks at the clock.</summary>
internal interface IScenario
{
    /// <summary>The name for <c>--only</c>; scenarios that belong together share it.</summary>
    string Id { get; }

    /// <summary>Whether there must be a server for it.</summary>
    bool NeedsServer => false;

    /// <summary>How long it may take. One that hangs must become a failure with a table, not a terminal that stands still.</summary>
    TimeSpan Limit => TimeSpan.FromMinutes(5);

    Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken);
}
