using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>One workflow that takes step after step: nothing to group, each step waits for its own commit.</summary>
internal sealed class P1SequentialSteps : IScenario
{
    public string Id => "P1";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var steps = bench.Choose(full: 1_000, quick: 200);
        var values = await bench.RepeatAsync(database => MeasureAsync(bench, database, steps, cancellationToken));
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"one workflow, {steps:N0} sequential steps",
                Unit = "steps/s",
                Values = values,
                Raw = RawLimit.R1,
                Bar = Bar.AtLeast(0.6, aim: 0.8),
            },
        ];
    }

    public static async Task<double> MeasureAsync(
        Workbench bench, string database, int steps, CancellationToken cancellationToken)
    {
        await using var world = await Worlds.StartAsync(database, StepWorkload.Workflow, null, cancellationToken);
        await bench.WarmUpAsync(() => StepWorkload.RunOneAsync(world, steps, cancellationToken));
        var startedAt = Stopwatch.GetTimestamp();
        await StepWorkload.RunOneAsync(world, steps, cancellationToken);
        return steps / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }
}
