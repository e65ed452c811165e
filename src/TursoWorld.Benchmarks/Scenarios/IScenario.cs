namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>One thing that is measured. It warms up before it looks at the clock.</summary>
internal interface IScenario
{
    /// <summary>The name for <c>--only</c>; scenarios that belong together share it.</summary>
    string Id { get; }

    Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken);
}
