namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>A hook resumed by a process that only opened the same file, while ours is idle.</summary>
internal sealed class P5HookFromAnotherProcess : IScenario
{
    public string Id => "P5";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var hooks = bench.Choose(full: 100, quick: 20);
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"hook resume to next line, from another process: p50 of {hooks}",
                Unit = "ms",
                Values = await bench.RepeatAsync(database => MeasureAsync(database, hooks, cancellationToken)),
                Bar = Bar.AtMost(25),
            },
        ];
    }

    private static async Task<double> MeasureAsync(string database, int hooks, CancellationToken cancellationToken)
    {
        var workload = new HookWorkload(HookRuns.WarmUp + hooks);
        await using var world = await Worlds.StartAsync(database, workload.Workflow, null, cancellationToken);
        var runIds = await workload.StartAllAsync(world, cancellationToken);
        var tokens = Enumerable.Range(0, HookRuns.WarmUp + hooks).Select(HookWorkload.Token);
        using var child = await ChildProcess.StartAndWaitAsync(
            [ChildProcess.Resume, database, .. tokens], cancellationToken);
        var median = await HookRuns.MedianAsync(workload, hooks, cancellationToken);
        await child.WaitForExitAsync(cancellationToken);
        await HookRuns.WaitForEndAsync(world, runIds, cancellationToken);
        return median;
    }
}
