using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>What the three hook scenarios share: some hooks to warm up with, then those that count.</summary>
internal static class HookRuns
{
    public const int WarmUp = 20;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Returns when a run waits for a hook.</summary>
    public static async Task WaitForHookAsync(World world, string token, CancellationToken cancellationToken)
    {
        while (await world.Hooks.FindByTokenAsync(token, cancellationToken) is null)
        {
            await RestAsync(cancellationToken);
        }
    }

    public static Task RestAsync(CancellationToken cancellationToken) =>
        Task.Delay(PollInterval, TimeProvider.System, cancellationToken);

    /// <summary>Resumes one hook after the other, each when the one before has arrived: the median, in ms.</summary>
    public static async Task<double> ResumeAllAsync(
        World world, HookWorkload workload, int hooks, CancellationToken cancellationToken)
    {
        for (var number = 0; number < WarmUp + hooks; number++)
        {
            await world.ResumeHookAsync(HookWorkload.Token(number), Stopwatch.GetTimestamp(), cancellationToken);
            await workload.LatencyAsync(number, cancellationToken);
        }

        return await MedianAsync(workload, hooks, cancellationToken);
    }

    public static async Task<double> MedianAsync(
        HookWorkload workload, int hooks, CancellationToken cancellationToken)
    {
        var latencies = new List<double>();
        for (var number = 0; number < WarmUp + hooks; number++)
        {
            latencies.Add(await workload.LatencyAsync(number, cancellationToken));
        }

        return Statistics.Median(latencies[WarmUp..]);
    }

    /// <summary>Lets the runs end before the world is closed, so that closing does not interrupt any.</summary>
    public static Task WaitForEndAsync(
        World world, IReadOnlyList<string> runIds, CancellationToken cancellationToken) =>
        Task.WhenAll(runIds.Select(runId => world.GetRun(runId).WaitAsync(cancellationToken)));
}
