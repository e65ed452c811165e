using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>Many runs, all started at once.</summary>
internal sealed record Burst(int Runs, int StepsEach)
{
    public const int Concurrency = 1_000;

    /// <summary>From before the first start to after the last result.</summary>
    public async Task<double> RunsPerSecondAsync(Workbench bench, string database, CancellationToken cancellationToken)
    {
        await using var world = await StartWorldAsync(database, cancellationToken);
        await bench.WarmUpAsync(() => RunAsync(world, cancellationToken));
        var startedAt = Stopwatch.GetTimestamp();
        await RunAsync(world, cancellationToken);
        return Runs / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    public static Task<World> StartWorldAsync(string database, CancellationToken cancellationToken) =>
        Worlds.StartAsync(database, StepWorkload.Workflow, Concurrency, cancellationToken);

    public Task RunAsync(World world, CancellationToken cancellationToken) =>
        StepWorkload.RunManyAsync(world, Runs, StepsEach, cancellationToken);
}
