using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>Streams with a live reader: from the call that writes to the reader, and how many bytes get through.</summary>
internal sealed class P8Streams : IScenario
{
    private const string RunId = "wrun_bench";
    private const string StreamName = "out";
    private const int ChunkBytes = 4096;
    private const int AtOnce = 256;
    private const double BytesPerMegabyte = 1_000_000;

    public string Id => "P8";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var chunks = bench.Choose(full: 500, quick: 100);
        var latencies = await bench.RepeatAsync(database => LatenciesAsync(bench, database, chunks, cancellationToken));
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"chunk written to live reader, idle world: p50 of {chunks}",
                Unit = "ms",
                Values = [.. latencies.Select(values => Statistics.Percentile(values, 50))],
                Raw = RawLimit.Commit,
                Bar = Bar.AtMost(2),
            },
            await RateAsync(bench, $"4 KiB chunks to live reader, one writer, {AtOnce} a call", WriteManyAsync, cancellationToken),
            await RateAsync(bench, $"4 KiB chunks to live reader, {AtOnce} writers, one a call", WriteOneByOneAsync, cancellationToken),
        ];
    }

    private static async Task<List<double>> LatenciesAsync(
        Workbench bench, string database, int chunks, CancellationToken cancellationToken)
    {
        await using var world = Worlds.Create(database);
        await using var reader = world.Streams.ReadAsync(RunId, StreamName, 0, waitForRun: true, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        return await bench.LatenciesAsync(chunks, WriteAsync);

        async Task<double> WriteAsync()
        {
            var arriving = ArriveAsync();
            var writtenAt = Stopwatch.GetTimestamp();
            await world.Streams.WriteAsync(RunId, StreamName, new byte[100], cancellationToken);
            return Stopwatch.GetElapsedTime(writtenAt, await arriving).TotalMilliseconds;
        }

        async Task<long> ArriveAsync()
        {
            await reader.MoveNextAsync();
            return Stopwatch.GetTimestamp();
        }
    }

    private async Task<Measurement> RateAsync(
        Workbench bench, string what, Func<World, int, CancellationToken, Task> writeAsync, CancellationToken cancellationToken)
    {
        var probe = new RawProbe(bench);
        var calls = bench.Choose(full: 150, quick: 20);
        var raw = new List<double>();
        var values = await bench.RepeatAsync(async database =>
        {
            raw.Add(probe.RowsPerSecond(AtOnce, ChunkBytes) * ChunkBytes / BytesPerMegabyte);
            await using var world = Worlds.Create(database);
            await bench.WarmUpAsync(() => LoadAsync(world));
            var startedAt = Stopwatch.GetTimestamp();
            await LoadAsync(world);
            return calls * AtOnce * ChunkBytes / BytesPerMegabyte / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        });
        return new Measurement
        {
            Id = Id,
            What = what,
            Unit = "MB/s",
            Values = values,
            OwnRaw = new OwnRaw($"rows of 4 KiB, {AtOnce} a transaction", raw),
            Bar = Bar.AtLeast(0.5, aim: 0.5),
        };

        async Task LoadAsync(World world)
        {
            var state = await world.Streams.GetInfoAsync(RunId, StreamName, cancellationToken);
            var reading = ReadAsync(world, state.TailIndex + 1, calls * AtOnce, cancellationToken);
            await writeAsync(world, calls, cancellationToken);
            await reading;
        }
    }

    private static async Task WriteManyAsync(World world, int calls, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>[] chunks = [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[ChunkBytes], AtOnce)];
        for (var call = 0; call < calls; call++)
        {
            await world.Streams.WriteManyAsync(RunId, StreamName, chunks, cancellationToken);
        }
    }

    private static Task WriteOneByOneAsync(World world, int calls, CancellationToken cancellationToken)
    {
        var chunk = new byte[ChunkBytes];
        return Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            for (var call = 0; call < calls; call++)
            {
                await world.Streams.WriteAsync(RunId, StreamName, chunk, cancellationToken);
            }
        }));
    }

    private static async Task ReadAsync(World world, long startIndex, int count, CancellationToken cancellationToken)
    {
        await foreach (var chunk in world.Streams.ReadAsync(RunId, StreamName, startIndex, waitForRun: true, cancellationToken))
        {
            if (--count == 0)
            {
                return;
            }
        }
    }
}
