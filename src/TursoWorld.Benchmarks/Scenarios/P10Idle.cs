using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>What a world costs that has nothing to do: parked runs, a handler without messages, a reader without news.</summary>
internal sealed class P10Idle : IScenario
{
    private const int ParkedRuns = 100;
    private const string DescriptorFolder = "/proc/self/fd";

    public string Id => "P10";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var duration = bench.Choose(full: TimeSpan.FromSeconds(20), quick: TimeSpan.FromSeconds(2));
        await RestAsync(bench.Choose(full: TimeSpan.FromSeconds(5), quick: TimeSpan.FromSeconds(1)), cancellationToken);
        var without = await RestAsync(duration, cancellationToken);
        var idle = await bench.RepeatAsync(database => MeasureAsync(bench, database, duration, cancellationToken));
        var total = Statistics.Median([.. idle.Select(cost => cost.ProcessorPercent)]);
        var seconds = $"{duration.TotalSeconds:0} s";
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"idle world over {seconds}: processor time beyond a process without it",
                Unit = "% of a core",
                Values = [.. idle.Select(cost => Math.Max(0, cost.ProcessorPercent - without.ProcessorPercent))],
                Bar = Bar.AtMost(0.3),
                Note = $"{total:0.###} % with a world, {without.ProcessorPercent:0.###} % without.",
            },
            new Measurement
            {
                Id = Id,
                What = $"idle world over {seconds}: allocated",
                Unit = "bytes/s",
                Values = [.. idle.Select(cost => cost.AllocatedPerSecond)],
                Bar = Bar.AtMost(10_000),
                Note = $"{without.AllocatedPerSecond:0} bytes/s without a world.",
            },
            new Measurement
            {
                Id = Id,
                What = $"idle world over {seconds}: more file descriptors",
                Unit = "",
                Values = [.. idle.Select(cost => (double)cost.MoreDescriptors)],
                Bar = Bar.AtMost(0),
            },
        ];
    }

    private static async Task<Cost> MeasureAsync(
        Workbench bench, string database, TimeSpan duration, CancellationToken cancellationToken)
    {
        var workload = new HookWorkload(ParkedRuns);
        await using var world = Worlds.Create(database);
        world.Register(workload.Workflow);
        world.CreateQueueHandler("bench", (_, _) => Task.FromResult(QueueResult.Done));
        await world.StartAsync(cancellationToken);
        var runIds = await workload.StartAllAsync(world, cancellationToken);
        await using var reader = world.Streams.ReadAsync(runIds[0], "out", 0, cancellationToken: cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        var waiting = reader.MoveNextAsync();

        // Compiling what has just been executed, and letting threads go, take their time.
        await RestAsync(bench.Choose(full: TimeSpan.FromSeconds(5), quick: TimeSpan.FromSeconds(1)), cancellationToken);
        var cost = await RestAsync(duration, cancellationToken);
        await world.Streams.CloseAsync(runIds[0], "out", cancellationToken);
        await waiting;
        for (var number = 0; number < ParkedRuns; number++)
        {
            await world.ResumeHookAsync(HookWorkload.Token(number), Stopwatch.GetTimestamp(), cancellationToken);
        }

        await HookRuns.WaitForEndAsync(world, runIds, cancellationToken);
        return cost;
    }

    private static async Task<Cost> RestAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var (descriptors, allocated) = (CountDescriptors(), GC.GetTotalAllocatedBytes(precise: true));
        var (processor, startedAt) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await Task.Delay(duration, TimeProvider.System, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        processor = Environment.CpuUsage.TotalTime - processor;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return new Cost(100 * (processor / elapsed), allocated / elapsed.TotalSeconds, CountDescriptors() - descriptors);
    }

    /// <summary>Zero where the system does not say.</summary>
    private static int CountDescriptors() =>
        Directory.Exists(DescriptorFolder) ? Directory.GetFileSystemEntries(DescriptorFolder).Length : 0;

    private sealed record Cost(double ProcessorPercent, double AllocatedPerSecond, int MoreDescriptors);
}
