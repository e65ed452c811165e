namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>A hook resumed by the process that holds the waiting run in memory.</summary>
internal sealed class P5HookInMemory : IScenario
{
    public string Id => "P5";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var hooks = bench.Choose(full: 300, quick: 50);
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"hook resume to next line, run in memory: p50 of {hooks}",
                Unit = "ms",
                Values = await bench.RepeatAsync(database => MeasureAsync(database, hooks, cancellationToken)),
                Raw = RawLimit.Commit,
                Bar = Bar.AtMost(3),
            },
        ];
    }

    private static async Task<double> MeasureAsync(string database, int hooks, CancellationToken cancellationToken)
    {
        var workload = new HookWorkload(HookRuns.WarmUp + hooks);
        await using var world = await Worlds.StartAsync(database, workload.Workflow, null, cancellationToken);
        var runIds = await workload.StartAllAsync(world, cancellationToken);
        var median = await HookRuns.ResumeAllAsync(world, workload, hooks, cancellationToken);
        await HookRuns.WaitForEndAsync(world, runIds, cancellationToken);
        return median;
    }
}
