using System.Globalization;
using System.Text;
using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Crash;

public sealed class StreamCrashTests : IDisposable
{
    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_killed_process_was_told_is_written_is_there_in_order_and_without_gaps()
    {
        await using var child = ChildProcess.Start("write-stream", _folder.Database, _folder.Ledger, "200");
        await child.ReachedAsync("in the middle");
        await child.KillAsync();

        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        await world.Streams.WriteAsync(StreamScenarios.RunId, StreamScenarios.StreamName, "next", Cancellation);
        await world.Streams.CloseAsync(StreamScenarios.RunId, StreamScenarios.StreamName, Cancellation);
        var chunks = new List<string>();
        await foreach (var chunk in world.Streams.ReadAsync(
            StreamScenarios.RunId, StreamScenarios.StreamName, waitForRun: true, cancellationToken: Cancellation))
        {
            chunks.Add(Encoding.UTF8.GetString(chunk.Span));
        }

        // The last line may have been cut, and its chunk is there all the same.
        var acknowledged = _folder.ReadLedger()[..^1];
        acknowledged.Should().HaveCountGreaterThan(190);
        chunks.Should().Contain(acknowledged).And.OnlyHaveUniqueItems();
        chunks[^1].Should().Be("next");
        chunks[..^1].GroupBy(chunk => chunk[0]).Should().OnlyContain(
            writer => writer.SequenceEqual(writer.Select((_, i) => $"{writer.Key} {i}")));
        var state = await world.Streams.GetInfoAsync(StreamScenarios.RunId, StreamScenarios.StreamName, Cancellation);
        state.Should().Be(new StreamInfo(chunks.Count - 1, IsDone: true));
    }

    [Fact]
    public async Task Of_a_process_that_was_killed_while_it_wrote_batches_there_are_whole_ones()
    {
        await using var child = ChildProcess.Start("write-batches", _folder.Database, _folder.Ledger, "50");
        await child.ReachedAsync("in the middle");
        await child.KillAsync();

        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        await world.Streams.CloseAsync(StreamScenarios.RunId, StreamScenarios.StreamName, Cancellation);
        var batches = await ReadBatchesAsync(world);

        batches.Should().OnlyHaveUniqueItems();
        batches.Should().Contain(_folder.ReadLedger()[..^1].Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
        (await world.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task A_reader_that_is_killed_disturbs_neither_writers_nor_later_readers()
    {
        await using var child = ChildProcess.Start("read-stream", _folder.Database);
        await child.ReachedAsync("reading");
        await child.ContinueAsync();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        for (var batch = 0; batch < 40; batch++)
        {
            await world.Streams.WriteManyAsync(
                StreamScenarios.RunId, StreamScenarios.StreamName, StreamScenarios.Batch(batch), Cancellation);
            if (batch == 20)
            {
                await child.PrintedAsync("chunk "); // in the middle of what it has to read
                await child.KillAsync();
            }
        }

        await world.Streams.CloseAsync(StreamScenarios.RunId, StreamScenarios.StreamName, Cancellation);

        (await ReadBatchesAsync(world)).Should().Equal(Enumerable.Range(0, 40));
        (await world.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task A_reader_in_another_process_gets_what_is_written_after_it_was_opened()
    {
        await using var child = ChildProcess.Start("read-stream", _folder.Database);
        await child.ReachedAsync("reading");
        await child.ContinueAsync();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

        await world.Streams.WriteAsync(StreamScenarios.RunId, StreamScenarios.StreamName, "a", Cancellation);
        await child.PrintedAsync("chunk 61");
        await world.Streams.WriteAsync(StreamScenarios.RunId, StreamScenarios.StreamName, all, Cancellation);
        await child.PrintedAsync("chunk " + Convert.ToHexString(all));
        await world.Streams.CloseAsync(StreamScenarios.RunId, StreamScenarios.StreamName, Cancellation);

        await child.PrintedAsync("end");
        (await child.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_reader_in_another_process_is_told_that_its_stream_was_deleted()
    {
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var run = await world.StartRunAsync(
            Workflow.Define<int, int>("never", (_, _) => Task.FromResult(0)),
            0,
            new StartRunOptions { RunId = StreamScenarios.RunId },
            Cancellation);
        await world.Streams.WriteAsync(run.RunId, StreamScenarios.StreamName, "a", Cancellation);
        await using var child = ChildProcess.Start("read-stream", _folder.Database);
        await child.ReachedAsync("reading");
        await child.ContinueAsync();
        await child.PrintedAsync("chunk 61");

        await run.CancelAsync(cancellationToken: Cancellation);
        await world.Runs.DeleteAsync(run.RunId, Cancellation);

        await child.PrintedAsync("told ");
        (await child.WaitForExitAsync()).Should().Be(0);
        child.Output.Split(' ')[^1].Trim().Should().BeOneOf( // by what it sees first
            [ErrorCodes.RunCancelled, ErrorCodes.RunNotFound, ErrorCodes.StreamNotFound], "the run was cancelled, and then deleted with its streams");
    }

    [Fact]
    public async Task A_reader_that_stands_still_costs_no_memory_however_much_is_written()
    {
        // A process that may have 64 MiB, and a stream of 100 MB.
        await using var child = ChildProcess.StartProgram(
            typeof(StreamCrashTests).Assembly.Location,
            [_folder.Database],
            new() { [CrashScenarios.Variable] = "read-slowly", ["DOTNET_GCHeapHardLimit"] = "0x4000000" });

        await child.PrintedAsync("read 100000");

        (await child.WaitForExitAsync()).Should().Be(0);
    }

    /// <summary>The numbers of the batches, each of which must be there from its first chunk to its last, without others between.</summary>
    private static async Task<List<int>> ReadBatchesAsync(World world)
    {
        var batches = new List<int>();
        var place = 0;
        await foreach (var chunk in world.Streams.ReadAsync(
            StreamScenarios.RunId, StreamScenarios.StreamName, waitForRun: true, cancellationToken: Cancellation))
        {
            var number = BitConverter.ToInt32(chunk.Span);
            if (place == 0)
            {
                batches.Add(number);
            }

            (chunk.Length, number, BitConverter.ToInt32(chunk.Span[sizeof(int)..])).Should().Be((4096, batches[^1], place));
            place = (place + 1) % StreamScenarios.ChunksOfBatch;
        }

        place.Should().Be(0);
        return batches;
    }
}
