using System.Diagnostics;
using TursoWorld.Benchmarks.Scenarios;

namespace TursoWorld.Benchmarks;

/// <summary>Runs that wait for a hook each and note when they went on.</summary>
internal sealed class HookWorkload
{
    private readonly TaskCompletionSource<double>[] _latencies;

    public HookWorkload(int runs)
    {
        _latencies = [.. Enumerable.Range(0, runs).Select(_ => NewSignal())];
        Workflow = TursoWorld.Workflow.Define<int, int>("hook", WaitAsync);
    }

    /// <summary>Takes the number of its hook; the payload of the hook is when it was sent.</summary>
    public WorkflowDefinition<int, int> Workflow { get; }

    public static string Token(int number) => $"bench-{number}";

    /// <summary>From sending to the line after the hook, in milliseconds; ends when the run has gone on.</summary>
    public Task<double> LatencyAsync(int number, CancellationToken cancellationToken) =>
        _latencies[number].Task.WaitAsync(cancellationToken);

    /// <summary>Starts all runs and returns when each waits for its hook.</summary>
    public async Task<IReadOnlyList<string>> StartAllAsync(World world, CancellationToken cancellationToken)
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, _latencies.Length).Select(
            number => world.StartRunAsync(Workflow, number, options: null, cancellationToken)));
        for (var number = 0; number < _latencies.Length; number++)
        {
            await HookRuns.WaitForHookAsync(world, Token(number), cancellationToken);
        }

        return [.. runs.Select(run => run.RunId)];
    }

    private async Task<int> WaitAsync(WorkflowContext flow, int number)
    {
        var sentAt = await flow.HookAsync<long>(Token(number));
        var latency = Stopwatch.GetElapsedTime(sentAt).TotalMilliseconds;

        // Only the first time counts: a replay would come this way again.
        _latencies[number].TrySetResult(latency);
        return number;
    }

    private static TaskCompletionSource<double> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
