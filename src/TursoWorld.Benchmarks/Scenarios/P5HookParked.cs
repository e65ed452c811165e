namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>A hook whose run is only in the file: the world was opened later and has to replay it.</summary>
internal sealed class P5HookParked : IScenario
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
                What = $"hook resume to next line, run parked: p50 of {hooks}",
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
        var runIds = await ParkAsync(database, workload, cancellationToken);
        await using var world = await Worlds.StartAsync(database, workload.Workflow, null, cancellationToken);
        var median = await HookRuns.ResumeAllAsync(world, workload, hooks, cancellationToken);
        await HookRuns.WaitForEndAsync(world, runIds, cancellationToken);
        return median;
    }

    private static async Task<IReadOnlyList<string>> ParkAsync(
        string database, HookWorkload workload, CancellationToken cancellationToken)
    {
        await using var world = await Worlds.StartAsync(database, workload.Workflow, null, cancellationToken);
        return await workload.StartAllAsync(world, cancellationToken);
    }
}
