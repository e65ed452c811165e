using System.Globalization;

namespace TursoWorld.Tests.Crash;

/// <summary>What a child does with streams.</summary>
internal static class StreamScenarios
{
    public const string RunId = "wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    public const string StreamName = "out";

    public const int ChunksOfBatch = 64;

    /// <summary>Four writers without a pause; each notes a chunk in the ledger when it is acknowledged.</summary>
    /// <param name="args">Path of the database, of the ledger, and how many chunks there are before the point.</param>
    public static async Task<int> WriteAsync(string[] args)
    {
        var limit = int.Parse(args[2], CultureInfo.InvariantCulture);
        var count = 0;
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = "file:" + args[0] });
        var ledger = TextWriter.Synchronized(new StreamWriter(args[1]) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; ; i++)
            {
                var chunk = $"{writer} {i}";
                await world.Streams.WriteAsync(RunId, StreamName, chunk);
                await ledger.WriteLineAsync(chunk);
                if (Interlocked.Increment(ref count) == limit)
                {
                    CrashPoint.Reach("in the middle"); // the other three go on
                }
            }
        })));
        return 0;
    }

    /// <summary>Three writers of batches without a pause; each notes a batch in the ledger when it is acknowledged.</summary>
    /// <param name="args">Path of the database, of the ledger, and how many batches there are before the point.</param>
    public static async Task<int> WriteBatchesAsync(string[] args)
    {
        var limit = int.Parse(args[2], CultureInfo.InvariantCulture);
        var count = 0;
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = "file:" + args[0] });
        var ledger = TextWriter.Synchronized(new StreamWriter(args[1]) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, 3).Select(writer => Task.Run(async () =>
        {
            for (var batch = writer; ; batch += 3)
            {
                await world.Streams.WriteManyAsync(RunId, StreamName, Batch(batch));
                await ledger.WriteLineAsync($"{batch}");
                if (Interlocked.Increment(ref count) == limit)
                {
                    CrashPoint.Reach("in the middle"); // the other two go on
                }
            }
        })));
        return 0;
    }

    /// <summary>Chunks of 4 KiB, each with the number of its batch and its place in it.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Batch(int number) => [.. Enumerable.Range(0, ChunksOfBatch).Select(place =>
    {
        var bytes = new byte[4096];
        BitConverter.TryWriteBytes(bytes, number);
        BitConverter.TryWriteBytes(bytes.AsSpan(sizeof(int)), place);
        return (ReadOnlyMemory<byte>)bytes;
    })];

    /// <summary>Reads a stream to its end and prints each chunk.</summary>
    /// <param name="args">Path of the database.</param>
    public static async Task<int> ReadAsync(string[] args)
    {
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = "file:" + args[0] });
        await using var chunks = world.Streams.ReadAsync(RunId, StreamName, waitForRun: true).GetAsyncEnumerator();
        var first = chunks.MoveNextAsync().AsTask();
        CrashPoint.Reach("reading");
        try
        {
            for (var hasChunk = await first; hasChunk; hasChunk = await chunks.MoveNextAsync())
            {
                await Console.Out.WriteLineAsync("chunk " + Convert.ToHexString(chunks.Current.Span));
            }

            await Console.Out.WriteLineAsync("end");
        }
        catch (WorldException exception)
        {
            await Console.Out.WriteLineAsync($"told {exception.Code}");
        }

        return 0;
    }

    /// <summary>Stands still after the first chunk while 100,000 of 1 KiB are written, then reads them.</summary>
    /// <param name="args">Path of the database.</param>
    public static async Task<int> ReadSlowlyAsync(string[] args)
    {
        await using var world = WorldFactory.CreateWorld(
            new() { DatabaseUrl = "file:" + args[0], Durability = Durability.Normal });
        await using var chunks = world.Streams.ReadAsync(RunId, StreamName, waitForRun: true).GetAsyncEnumerator();
        var first = chunks.MoveNextAsync().AsTask();
        for (var batch = 0; batch < 1_000; batch++)
        {
            var numbers = Enumerable.Range(batch * 100, 100);
            await world.Streams.WriteManyAsync(RunId, StreamName, [.. numbers.Select(Chunk)]);
        }

        await world.Streams.CloseAsync(RunId, StreamName);
        var count = 0;
        for (var hasChunk = await first; hasChunk; hasChunk = await chunks.MoveNextAsync())
        {
            if (BitConverter.ToInt32(chunks.Current.Span) != count++)
            {
                throw new InvalidOperationException($"Chunk {count - 1} is another one.");
            }
        }

        await Console.Out.WriteLineAsync($"read {count}");
        return 0;

        static ReadOnlyMemory<byte> Chunk(int number)
        {
            var bytes = new byte[1_024];
            BitConverter.TryWriteBytes(bytes, number);
            return bytes;
        }
    }
}
