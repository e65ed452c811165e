using System.Text;
using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Contract;

public abstract class StreamConformance(Backend backend) : WorkflowTests(backend)
{
    private const string Run = "wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    private static readonly byte[] AllBytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    [Fact]
    public async Task What_was_written_is_read_byte_by_byte_in_order_and_ends()
    {
        var world = Worlds.Create();
        await world.Streams.WriteAsync(Run, "out", "a", Limit);
        await world.Streams.WriteManyAsync(Run, "out", [Encoding.UTF8.GetBytes("b"), AllBytes], Limit);
        await world.Streams.WriteAsync(Run, "out", ReadOnlyMemory<byte>.Empty, Limit);
        await world.Streams.WriteAsync(Run, "other", "x", Limit);
        await world.Streams.CloseAsync(Run, "out", Limit);
        await world.Streams.CloseAsync(Run, "out", Limit);

        (await ReadAsync(world, 0, Limit)).Should().BeEquivalentTo<byte[]>([[(byte)'a'], [(byte)'b'], AllBytes], o => o.WithStrictOrdering());
        (await ReadAsync(world, 1, Limit)).Should().HaveCount(2);
        (await ReadAsync(world, -2, Limit)).Should().ContainSingle().Which.Should().Equal(AllBytes);
        (await ReadAsync(world, -99, Limit)).Should().HaveCount(3);
        (await ReadAsync(world, 99, Limit)).Should().BeEmpty();
        (await world.Streams.GetInfoAsync(Run, "out", Limit)).Should().Be(new StreamInfo(3, IsDone: true));
        (await world.Streams.ListAsync(Run, Limit)).Should().Equal("other", "out");
        await using var stream = world.Streams.OpenRead(Run, "out", waitForRun: true);
        var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Limit);
        copy.ToArray().Should().Equal([.. "ab"u8, .. AllBytes]);
    }

    [Fact]
    public async Task A_stream_that_does_not_exist_is_empty_and_waited_for()
    {
        var world = Worlds.Create();
        (await world.Streams.GetInfoAsync(Run, "out", Limit)).Should().Be(new StreamInfo(-1, IsDone: false));
        var none = await world.Streams.GetChunksAsync(Run, "out", cancellationToken: Limit);
        (none.Chunks.Items.Count, none.IsDone).Should().Be((0, false));
        (await world.Streams.ListAsync(Run, Limit)).Should().BeEmpty();
        var reading = ReadAsync(world, 0, Limit);

        await world.Streams.WriteAsync(Run, "out", "a", Limit);
        await world.Streams.CloseAsync(Run, "out", Limit);

        (await reading).Should().ContainSingle().Which.Should().Equal((byte)'a');
    }

    [Fact]
    public async Task Every_reader_gets_every_chunk_once_whenever_it_comes()
    {
        var world = Worlds.Create();
        var readings = new List<Task<List<byte[]>>>();
        var writers = Enumerable.Range(0, 6).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 16; i++)
            {
                await world.Streams.WriteAsync(Run, "out", $"{writer}.{i}", Limit);
                lock (readings)
                {
                    readings.Add(ReadAsync(world, 0, Limit));
                }
            }
        }, Limit));
        await Task.WhenAll(writers);
        await world.Streams.CloseAsync(Run, "out", Limit);

        var stored = await world.Streams.GetChunksAsync(Run, "out", cancellationToken: Limit);
        stored.Chunks.Items.Select(chunk => chunk.Index).Should().Equal(Enumerable.Range(0, 96).Select(i => (long)i));
        var expected = stored.Chunks.Items.Select(chunk => Encoding.UTF8.GetString(chunk.Content.Span)).ToList();
        foreach (var reading in readings)
        {
            (await reading).Select(chunk => Encoding.UTF8.GetString(chunk)).Should().Equal(expected);
        }

        for (var writer = 0; writer < 6; writer++)
        {
            expected.Where(text => text.StartsWith($"{writer}.", StringComparison.Ordinal))
                .Should().Equal(Enumerable.Range(0, 16).Select(i => $"{writer}.{i}"));
        }
    }

    [Fact]
    public async Task A_reader_that_is_slow_reads_on_from_the_table()
    {
        var world = Worlds.Create();
        await using var reader = world.Streams.ReadAsync(Run, "out", 0, waitForRun: true, Limit).GetAsyncEnumerator(Limit);
        var first = reader.MoveNextAsync();
        await world.Streams.WriteAsync(Run, "out", "first", Limit);
        (await first).Should().BeTrue();
        for (var i = 0; i < 300; i++)
        {
            await world.Streams.WriteAsync(Run, "out", i % 100 == 7 ? new byte[100_000] : [(byte)i], Limit);
        }

        await world.Streams.CloseAsync(Run, "out", Limit);

        var rest = new List<ReadOnlyMemory<byte>>();
        while (await reader.MoveNextAsync())
        {
            rest.Add(reader.Current);
        }

        rest.Should().HaveCount(300);
        rest.Select((chunk, i) => chunk.Length == 100_000 || chunk.Span[0] == (byte)i).Should().OnlyContain(fits => fits);
    }

    [Fact]
    public async Task A_writer_may_use_its_buffer_again_and_a_reader_gets_what_was_in_it()
    {
        var world = Worlds.Create();
        await using var reader = world.Streams.ReadAsync(Run, "out", 0, waitForRun: true, Limit).GetAsyncEnumerator(Limit);
        var first = reader.MoveNextAsync();
        var buffer = new byte[4];
        for (byte i = 0; i < 100; i++)
        {
            Array.Fill(buffer, i);
            await world.Streams.WriteManyAsync(Run, "out", [buffer.AsMemory(0, 1), buffer.AsMemory(1)], Limit);
        }

        (await first).Should().BeTrue();
        for (byte i = 0; i < 100; i++)
        {
            reader.Current.ToArray().Should().Equal(i);
            (await reader.MoveNextAsync()).Should().BeTrue();
            reader.Current.ToArray().Should().Equal(i, i, i);
            (i == 99 || await reader.MoveNextAsync()).Should().BeTrue();
        }
    }

    [Fact]
    public async Task Nothing_is_behind_the_end()
    {
        var world = Worlds.Create();
        var reading = ReadAsync(world, 0, Limit);
        var writes = Enumerable.Range(0, 50).Select(i => Task.Run(async () =>
        {
            try
            {
                await (i == 25
                    ? world.Streams.CloseAsync(Run, "out", Limit)
                    : world.Streams.WriteAsync(Run, "out", $"{i}", Limit));
                return i != 25;
            }
            catch (ConflictException exception) when (exception.Code == ErrorCodes.StreamClosed)
            {
                return false;
            }
        }, Limit));

        var written = (await Task.WhenAll(writes)).Count(isWritten => isWritten);

        (await reading).Should().HaveCount(written);
        (await world.Streams.GetInfoAsync(Run, "out", Limit)).Should().Be(new StreamInfo(written - 1, IsDone: true));
    }

    [Fact]
    public async Task Pages_neither_skip_nor_repeat()
    {
        var world = Worlds.Create();
        await world.Streams.WriteManyAsync(Run, "out", [.. Enumerable.Range(0, 7).Select(i => (ReadOnlyMemory<byte>)new[] { (byte)i })], Limit);

        foreach (var order in Enum.GetValues<SortOrder>())
        {
            var seen = new List<long>();
            var page = new PageRequest { Limit = 3, Order = order };
            StreamChunkPage read;
            do
            {
                read = await world.Streams.GetChunksAsync(Run, "out", page, Limit);
                seen.AddRange(read.Chunks.Items.Select(chunk => chunk.Index));
                page = page with { Cursor = read.Chunks.Cursor };
            }
            while (read.Chunks.HasMore);

            seen.Should().Equal(order == SortOrder.Ascending ? [0, 1, 2, 3, 4, 5, 6] : [6, 5, 4, 3, 2, 1, 0]);
            read.IsDone.Should().BeFalse();
        }

        var bad = () => world.Streams.GetChunksAsync(Run, "out", new PageRequest { Cursor = "e+1" }, Limit);
        await bad.Should().ThrowAsync<InvalidCursorException>();
    }

    [Fact]
    public async Task A_reader_ends_when_it_is_cancelled_or_the_world_is_closed()
    {
        var world = Worlds.Create();
        await world.Streams.WriteAsync(Run, "out", "a", Limit);
        using var cancel = new CancellationTokenSource();
        var cancelled = ReadAsync(world, 0, cancel.Token);
        var closed = ReadAsync(world, 0, Limit);

        await cancel.CancelAsync();
        await cancelled.Invoking(reading => reading).Should().ThrowAsync<OperationCanceledException>();
        await world.DisposeAsync();

        await closed.Invoking(reading => reading).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task One_cancelled_read_loses_no_bytes()
    {
        var world = Worlds.Create();
        await using var stream = world.Streams.OpenRead(Run, "out", waitForRun: true);
        using var cancel = new CancellationTokenSource();
        var buffer = new byte[8];
        var waiting = stream.ReadAsync(buffer, cancel.Token);
        await cancel.CancelAsync();
        await waiting.AsTask().Invoking(read => read).Should().ThrowAsync<OperationCanceledException>();

        await world.Streams.WriteAsync(Run, "out", "abc", Limit);

        (await stream.ReadAsync(buffer.AsMemory(0, 2), Limit)).Should().Be(2);
        (await stream.ReadAsync(buffer.AsMemory(2), Limit)).Should().Be(1);
        buffer[..3].Should().Equal("abc"u8.ToArray());
    }

    [Fact]
    public async Task What_cannot_be_a_stream_is_refused()
    {
        var world = Worlds.Create();
        foreach (var name in new[] { "", new string('n', 257), "a\u0000b", "a\ud800" })
        {
            var write = () => world.Streams.WriteAsync(Run, name, "a", Limit);
            await write.Should().ThrowAsync<InvalidStreamException>();
        }

        var tooLarge = () => world.Streams.WriteAsync(Run, "out", new byte[IStreams.MaxChunkBytes + 1], Limit);
        await tooLarge.Should().ThrowAsync<InvalidStreamException>();
        var chunk = new byte[IStreams.MaxChunkBytes];
        var tooMuch = () => world.Streams.WriteManyAsync(Run, "out", [chunk, chunk, chunk, chunk, new byte[1]], Limit);
        await tooMuch.Should().ThrowAsync<InvalidStreamException>();
        (await world.Streams.GetInfoAsync(Run, "out", Limit)).TailIndex.Should().Be(-1);
        await world.Streams.WriteAsync(Run, "A", "upper", Limit);
        await world.Streams.WriteAsync(Run, "a", "lower", Limit);
        (await world.Streams.ListAsync(Run, Limit)).Should().Equal("A", "a");
    }

    private static async Task<List<byte[]>> ReadAsync(World world, long startIndex, CancellationToken cancellationToken)
    {
        var chunks = new List<byte[]>();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Limit);
        await foreach (var chunk in world.Streams.ReadAsync(Run, "out", startIndex, waitForRun: true, either.Token))
        {
            chunks.Add(chunk.ToArray());
        }

        return chunks;
    }
}
