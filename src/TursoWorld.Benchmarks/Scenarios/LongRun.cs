using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>
/// A run that takes many steps: its last steps cost what its first ones did, and what it holds in memory does not grow. And
/// one that begins many steps at once.
/// </summary>
internal sealed class LongRun : IScenario
{
    /// <summary>So many times a run is looked at.</summary>
    private const int Parts = 10;

    public string Id => "LONG";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var steps = bench.Choose(full: 50_000, quick: 5_000);
        var wide = bench.Choose(full: 10_000, quick: 1_000);
        var run = await MeasureLengthAsync(bench.NewDatabase(), steps, cancellationToken);
        var seconds = await MeasureWidthAsync(bench.NewDatabase(), wide, cancellationToken);
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"a run of {steps:N0} steps: time of its last tenth against its second",
                Unit = "times",
                Values = [run.LastTenth / run.SecondTenth],
                Bar = Bar.AtMost(1.5),
                Note = $"{steps / run.Total:N0} steps/s, {run.Total:0.0} s in all.",
            },
            new Measurement
            {
                Id = Id,
                What = $"a run of {steps:N0} steps: memory it occupies more at its end",
                Unit = "bytes/step",
                Values = [run.MoreBytes / (double)steps],
                Bar = Bar.AtMost(8),
            },
            new Measurement
            {
                Id = Id,
                What = $"a run that begins {wide:N0} steps at once",
                Unit = "s",
                Values = [seconds],
                Bar = Bar.AtMost(5),
            },
        ];
    }

    private static async Task<Length> MeasureLengthAsync(string database, int steps, CancellationToken cancellationToken)
    {
        var looks = new List<(long At, long Bytes)>();
        var workflow = Workflow.Define<int, int>("long", async (flow, count) =>
        {
            looks.Add((Stopwatch.GetTimestamp(), 0));
            for (var part = 0; part < Parts; part++)
            {
                await StepWorkload.TakeStepsAsync(flow, count / Parts);
                var bytes = part is 0 or Parts - 1 ? GC.GetTotalMemory(forceFullCollection: true) : 0;
                looks.Add((Stopwatch.GetTimestamp(), bytes));
            }

            return count;
        });
        await using var world = await Worlds.StartAsync(database, workflow, null, cancellationToken);
        var run = await world.StartRunAsync(workflow, steps, options: null, cancellationToken);
        await run.ResultAsync(cancellationToken);
        return new Length(
            Seconds(looks[0], looks[^1]), Seconds(looks[1], looks[2]), Seconds(looks[^2], looks[^1]), looks[^1].Bytes - looks[1].Bytes);
    }

    private static double Seconds((long At, long Bytes) from, (long At, long Bytes) to) =>
        Stopwatch.GetElapsedTime(from.At, to.At).TotalSeconds;

    private static async Task<double> MeasureWidthAsync(string database, int steps, CancellationToken cancellationToken)
    {
        var workflow = Workflow.Define<int, int>("wide", async (flow, count) =>
        {
            await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StepWorkload.TakeStepsAsync(flow, steps: 1)));
            return count;
        });
        await using var world = await Worlds.StartAsync(database, workflow, null, cancellationToken);
        var startedAt = Stopwatch.GetTimestamp();
        var run = await world.StartRunAsync(workflow, steps, options: null, cancellationToken);
        await run.ResultAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    private sealed record Length(double Total, double SecondTenth, double LastTenth, long MoreBytes);
}
