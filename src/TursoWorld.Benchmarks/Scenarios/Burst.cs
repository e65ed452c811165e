using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>Many runs, all started at once.</summary>
internal sealed record Burst(int Runs, int StepsEach)
{
    public const int Concurrency = 1_000;

    /// <summary>From before the first start to after the last result.</summary>
    public async Task<double> RunsPerSecondAsync(string database, CancellationToken cancellationToken)
    {
        await using var world = await StartWorldAsync(database, cancellationToken);
        await WarmUpAsync(world, cancellationToken);
        var startedAt = Stopwatch.GetTimestamp();
        await RunAsync(world, cancellationToken);
        return Runs / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    public static Task<World> StartWorldAsync(string database, CancellationToken cancellationToken) =>
        Worlds.StartAsync(database, StepWorkload.Workflow, Concurrency, cancellationToken);

    /// <summary>The whole load once: a smaller one leaves half of the code to be compiled while the clock runs.</summary>
    public Task WarmUpAsync(World world, CancellationToken cancellationToken) =>
        StepWorkload.RunManyAsync(world, Runs, StepsEach, cancellationToken);

    public Task RunAsync(World world, CancellationToken cancellationToken) =>
        StepWorkload.RunManyAsync(world, Runs, StepsEach, cancellationToken);
}
