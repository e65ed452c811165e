using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>Plain messages: from the call that sends one to its handler, and how many get through.</summary>
internal sealed class P6Messages : IScenario
{
    private static readonly byte[] Payload = new byte[100];

    public string Id => "P6";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var messages = bench.Choose(full: 500, quick: 100);
        var burst = bench.Choose(full: 20_000, quick: 2_000);
        var latencies = await bench.RepeatAsync(database => LatenciesAsync(bench, database, messages, cancellationToken));
        var rates = await bench.RepeatAsync(database => RateAsync(bench, database, burst, cancellationToken));
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"message sent to handler, idle world: p50 of {messages}",
                Unit = "ms",
                Values = [.. latencies.Select(values => Statistics.Percentile(values, 50))],
                Raw = RawLimit.Commit,
                Bar = Bar.AtMost(2),
            },
            new Measurement
            {
                Id = Id,
                What = $"{burst:N0} messages sent one by one at once, 20 slots",
                Unit = "messages/s",
                Values = rates,
                Raw = RawLimit.R1000,
                Bar = Bar.AtLeast(0.15, aim: 0.15),
            },
        ];
    }

    private static async Task<List<double>> LatenciesAsync(
        Workbench bench, string database, int messages, CancellationToken cancellationToken)
    {
        var arrived = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var world = Worlds.Create(database);
        world.CreateQueueHandler("bench", (_, _) =>
        {
            arrived.SetResult(Stopwatch.GetTimestamp());
            return Task.FromResult(QueueResult.Done);
        });
        await world.StartAsync(cancellationToken);
        return await bench.LatenciesAsync(messages, SendAsync);

        async Task<double> SendAsync()
        {
            arrived = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            var sentAt = Stopwatch.GetTimestamp();
            await world.QueueAsync("bench", Payload, null, cancellationToken);
            return Stopwatch.GetElapsedTime(sentAt, await arrived.Task.WaitAsync(cancellationToken)).TotalMilliseconds;
        }
    }

    private static async Task<double> RateAsync(
        Workbench bench, string database, int burst, CancellationToken cancellationToken)
    {
        var left = 0;
        var empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var world = Worlds.Create(database);
        world.CreateQueueHandler("bench", (_, _) =>
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                empty.SetResult();
            }

            return Task.FromResult(QueueResult.Done);
        });
        await world.StartAsync(cancellationToken);
        await bench.WarmUpAsync(LoadAsync);
        var startedAt = Stopwatch.GetTimestamp();
        await LoadAsync();
        return burst / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;

        async Task LoadAsync()
        {
            left = burst;
            empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await Task.WhenAll(Enumerable.Range(0, burst).Select(_ => world.QueueAsync("bench", Payload, null, cancellationToken)));
            await empty.Task.WaitAsync(cancellationToken);
        }
    }
}
