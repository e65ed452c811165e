namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>What is measured on a file, on a libSQL server on this machine. Nothing there has a bar.</summary>
internal sealed class ServerTable : IScenario
{
    private static readonly IReadOnlyList<IScenario> Scenarios =
    [
        new P2ManyWorkflows(), new P3ShortWorkflows(), new P4StartToResult(), new P5HookInMemory(), new P5HookParked(),
        new P6Messages(), new P8Streams(),
    ];

    public string Id => "SERVER";

    public bool NeedsServer => true;

    public TimeSpan Limit => TimeSpan.FromMinutes(20);

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var measurements = new List<Measurement>();
        foreach (var scenario in Scenarios)
        {
            measurements.AddRange((await scenario.RunAsync(bench.OnServer(), cancellationToken)).Select(ForServer));
        }

        return measurements;
    }

    private Measurement ForServer(Measurement measurement) => measurement with
    {
        Id = Id,
        What = $"libSQL server: {measurement.Id}, {measurement.What}",
        Raw = RawLimit.None,
        OwnRaw = null,
        Bar = Bar.None,
    };
}
