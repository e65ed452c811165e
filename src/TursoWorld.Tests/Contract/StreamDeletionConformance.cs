using System.Text;
using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Contract;

/// <summary>Readers whose stream goes away, and readers whose writer does not know what became of its chunk.</summary>
public abstract class StreamDeletionConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_reader_is_told_that_its_stream_was_deleted()
    {
        var world = Worlds.Create();
        var runId = await StartAsync(world);
        await world.Streams.WriteAsync(runId, "out", "a", Limit);
        await using var fromStart = world.Streams.ReadAsync(runId, "out", 0, cancellationToken: Limit).GetAsyncEnumerator(Limit);
        (await fromStart.MoveNextAsync()).Should().BeTrue();
        var waiting = fromStart.MoveNextAsync().AsTask();
        await using var fromEnd = world.Streams.ReadAsync(runId, "out", -1, cancellationToken: Limit).GetAsyncEnumerator(Limit);
        (await fromEnd.MoveNextAsync()).Should().BeTrue();

        await DeleteAsync(world, runId);

        await ShouldBeGoneAsync(waiting);
        await ShouldBeGoneAsync(fromEnd.MoveNextAsync().AsTask());
        await using var bytes = world.Streams.OpenRead(runId, "out", waitForRun: true);
        var reading = bytes.ReadAsync(new byte[1], Limit).AsTask();
        await world.Streams.WriteAsync(runId, "out", "z", Limit);
        (await reading).Should().Be(1, "whoever begins to read after the deletion waits for a stream of that name");
    }

    [Fact]
    public async Task A_stream_of_the_same_name_is_another_one()
    {
        var world = Worlds.Create();
        var runId = await StartAsync(world);
        await world.Streams.WriteManyAsync(runId, "out", ["a"u8.ToArray(), "b"u8.ToArray()], Limit);
        await using var old = world.Streams.ReadAsync(runId, "out", 0, cancellationToken: Limit).GetAsyncEnumerator(Limit);
        (await old.MoveNextAsync() && await old.MoveNextAsync()).Should().BeTrue();
        var waiting = old.MoveNextAsync().AsTask();
        await using var behind = world.Streams.ReadAsync(runId, "out", 1, cancellationToken: Limit).GetAsyncEnumerator(Limit);
        (await behind.MoveNextAsync()).Should().BeTrue();

        // The deletion, and a stream that goes on exactly where each of them stands.
        await DeleteAsync(world, runId);
        foreach (var text in new[] { "A", "B", "C", "D" })
        {
            await world.Streams.WriteAsync(runId, "out", text, Limit);
        }

        await ShouldBeGoneAsync(waiting);
        await ShouldBeGoneAsync(behind.MoveNextAsync().AsTask());
        await world.Streams.CloseAsync(runId, "out", Limit);
        var seen = new List<string>();
        await foreach (var chunk in world.Streams.ReadAsync(runId, "out", 0, cancellationToken: Limit))
        {
            seen.Add(Encoding.UTF8.GetString(chunk.Span));
        }

        seen.Should().Equal("A", "B", "C", "D");
    }

    [Fact]
    public async Task What_is_left_of_a_closed_stream_that_was_deleted_is_not_taken_for_all_of_it()
    {
        var world = Worlds.Create();
        var runId = await StartAsync(world);
        await world.Streams.WriteManyAsync(
            runId, "out", [.. Enumerable.Range(0, 600).Select(_ => (ReadOnlyMemory<byte>)new byte[1])], Limit);
        await world.Streams.CloseAsync(runId, "out", Limit);
        await using var reader = world.Streams.ReadAsync(runId, "out", 0, cancellationToken: Limit).GetAsyncEnumerator(Limit);
        (await reader.MoveNextAsync()).Should().BeTrue();

        await DeleteAsync(world, runId);

        var rest = async () =>
        {
            while (await reader.MoveNextAsync())
            {
            }
        };
        (await rest.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.StreamNotFound);
    }

    [Fact]
    public async Task A_reader_sees_what_was_written_although_its_writer_does_not_know()
    {
        var world = Worlds.Create();
        var database = await FaultyDatabase.InstallAsync(world);
        await world.Streams.WriteAsync("run", "out", "a", Limit);
        await using var reader = world.Streams.ReadAsync("run", "out", 0, waitForRun: true, Limit).GetAsyncEnumerator(Limit);
        (await reader.MoveNextAsync()).Should().BeTrue();
        database.AfterWrite = _ => UnitResult.Failed(
            SqlErrorKind.OutcomeUnknown, FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));

        var next = reader.MoveNextAsync().AsTask();
        await Unknown(() => world.Streams.WriteAsync("run", "out", "b", Limit));
        (await next).Should().BeTrue();
        Encoding.UTF8.GetString(reader.Current.Span).Should().Be("b");

        next = reader.MoveNextAsync().AsTask();
        database.AfterWrite = _ => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown);
        await Unknown(() => world.Streams.WriteAsync("run", "out", "c", Limit));
        (await next).Should().BeTrue();

        next = reader.MoveNextAsync().AsTask();
        await Unknown(() => world.Streams.CloseAsync("run", "out", Limit));
        (await next).Should().BeFalse();

        static async Task Unknown(Func<Task> write) =>
            (await write.Should().ThrowAsync<StorageException>()).Which.Code.Should().Be(ErrorCodes.OutcomeUnknown);
    }

    internal static async Task ShouldBeGoneAsync(Task reading)
    {
        var exception = (await reading.Invoking(task => task).Should().ThrowAsync<NotFoundException>()).Which;
        (exception.Code, exception.HttpStatus).Should().Be((ErrorCodes.StreamNotFound, 404));
        exception.Message.Should().Contain("'out'").And.Contain("deleted");
    }

    /// <summary>A run that a foreign runtime drives: its end leaves its streams open.</summary>
    internal static Task<string> StartAsync(World world) => world.CreatedAsync();

    internal static async Task DeleteAsync(World world, string runId)
    {
        await world.GetRun(runId).CancelAsync(cancellationToken: Limit);
        await world.Runs.DeleteAsync(runId, Limit);
    }
}
