using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>How long a caller waits for a workflow of one step when nothing else goes on.</summary>
internal sealed class P4StartToResult : IScenario
{
    public string Id => "P4";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var runs = bench.Choose(full: 500, quick: 100);
        var latencies = await bench.RepeatAsync(database => MeasureAsync(bench, database, runs, cancellationToken));
        return [Row(percent: 50, limit: 4), Row(percent: 99, limit: 12)];

        Measurement Row(int percent, double limit) => new()
        {
            Id = Id,
            What = $"start to result, one step, idle world: p{percent} of {runs}",
            Unit = "ms",
            Values = [.. latencies.Select(values => Statistics.Percentile(values, percent))],
            Raw = RawLimit.Commit,
            Bar = Bar.AtMost(limit),
        };
    }

    private static async Task<List<double>> MeasureAsync(
        Workbench bench, string database, int runs, CancellationToken cancellationToken)
    {
        await using var world = await Worlds.StartAsync(database, StepWorkload.Workflow, null, cancellationToken);
        return await bench.LatenciesAsync(runs, async () =>
        {
            var startedAt = Stopwatch.GetTimestamp();
            await StepWorkload.RunOneAsync(world, steps: 1, cancellationToken);
            return Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        });
    }
}
