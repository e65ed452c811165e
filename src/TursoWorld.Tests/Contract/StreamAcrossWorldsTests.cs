using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Contract;

/// <summary>Worlds that share nothing but the file.</summary>
public sealed class StreamAcrossWorldsTests() : WorkflowTests(Backend.SqliteFile)
{
    private const string Run = "wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    [Fact]
    public async Task A_reader_sees_what_another_process_writes_and_ends_with_it()
    {
        var reader = Worlds.CreateApart(WithRealTime);
        var writer = Worlds.CreateApart(WithRealTime);
        var seen = new List<byte>();
        var reading = Task.Run(async () =>
        {
            await foreach (var chunk in reader.Streams.ReadAsync(Run, "out", 0, waitForRun: true, Limit))
            {
                seen.Add(chunk.Span[0]);
            }
        }, Limit);

        for (var i = 0; i < 100; i++)
        {
            await writer.Streams.WriteAsync(Run, "out", new[] { (byte)i }, Limit);
        }

        await writer.Streams.CloseAsync(Run, "out", Limit);

        await reading.WaitAsync(Limit);
        seen.Should().Equal(Enumerable.Range(0, 100).Select(i => (byte)i));
    }

    [Fact]
    public async Task A_reader_is_told_that_another_world_has_deleted_its_stream()
    {
        var reader = Worlds.Create();
        var beside = Worlds.Create();
        var elsewhere = Worlds.CreateApart();
        foreach (var deleting in new[] { beside, elsewhere })
        {
            var runId = await StreamDeletionConformance.StartAsync(reader);
            await reader.Streams.WriteAsync(runId, "out", "a", Limit);
            await using var chunks = reader.Streams.ReadAsync(runId, "out", 0, cancellationToken: Limit).GetAsyncEnumerator(Limit);
            (await chunks.MoveNextAsync()).Should().BeTrue();
            var waiting = chunks.MoveNextAsync().AsTask();

            await StreamDeletionConformance.DeleteAsync(deleting, runId);
            Clock.Advance(TimeSpan.FromMilliseconds(40));

            await StreamDeletionConformance.ShouldBeGoneAsync(waiting);
        }
    }

    [Fact]
    public async Task A_reader_is_told_that_another_world_has_ended_the_run()
    {
        var reader = Worlds.CreateApart(WithRealTime);
        var elsewhere = Worlds.CreateApart(WithRealTime);
        var workflow = Workflow.Define<int, int>("never", (_, number) => Task.FromResult(number));
        var run = await reader.StartRunAsync(workflow, 0, cancellationToken: Limit);
        await reader.Streams.WriteAsync(run.RunId, "out", "a", Limit);
        await using var chunks = reader.Streams.ReadAsync(run.RunId, "out", cancellationToken: Limit).GetAsyncEnumerator(Limit);
        (await chunks.MoveNextAsync()).Should().BeTrue();
        await using var none = reader.Streams.ReadAsync(run.RunId, "none", cancellationToken: Limit).GetAsyncEnumerator(Limit);
        Task[] waiting = [chunks.MoveNextAsync().AsTask(), none.MoveNextAsync().AsTask()];

        await elsewhere.GetRun(run.RunId).CancelAsync(cancellationToken: Limit);

        foreach (var task in waiting)
        {
            (await task.Invoking(reading => reading).Should().ThrowAsync<RunEndedException>()).Which.Code.Should().Be(ErrorCodes.RunCancelled);
        }
    }

    [Fact]
    public async Task A_writer_finds_that_another_world_has_closed_or_deleted_its_stream()
    {
        var writer = Worlds.Create();
        var elsewhere = Worlds.CreateApart();
        var runId = await StreamDeletionConformance.StartAsync(writer);
        await writer.Streams.WriteAsync(runId, "out", "a", Limit);
        await writer.Streams.WriteAsync(runId, "other", "a", Limit);

        await elsewhere.Streams.CloseAsync(runId, "out", Limit);
        var write = () => writer.Streams.WriteAsync(runId, "out", "b", Limit);
        (await write.Should().ThrowAsync<ConflictException>()).Which.Code.Should().Be(ErrorCodes.StreamClosed);

        await StreamDeletionConformance.DeleteAsync(elsewhere, runId);
        await writer.Streams.WriteAsync(runId, "other", "b", Limit);
        (await writer.Streams.GetInfoAsync(runId, "other", Limit)).TailIndex.Should().Be(0, "it is another stream");
    }

    [Fact]
    public async Task However_many_wait_what_happens_elsewhere_costs_one_look()
    {
        var reader = Worlds.Create();
        var elsewhere = Worlds.CreateApart();
        var database = await FaultyDatabase.InstallAsync(reader);
        var readers = Enumerable.Range(0, 300)
            .Select(i => reader.Streams.ReadAsync(Run, $"s{i / 2}", 0, waitForRun: true, Limit).GetAsyncEnumerator(Limit)).ToList();
        var waiting = readers.ConvertAll(chunks => chunks.MoveNextAsync().AsTask());
        var before = database.Reads;

        for (var i = 0; i < 10; i++)
        {
            await elsewhere.Streams.WriteAsync(Run, "unread", "x", Limit);
            Clock.Advance(TimeSpan.FromMilliseconds(40));
        }

        await elsewhere.Streams.WriteAsync(Run, "s149", "x", Limit);
        Clock.Advance(TimeSpan.FromMilliseconds(40));
        (await Task.WhenAll(waiting[^2..])).Should().AllBeEquivalentTo(true);

        database.Reads.Should().BeLessThan(before + 30);
        waiting[..^2].Should().OnlyContain(task => !task.IsCompleted);
    }

    // Each looks for what the other has committed every 25 ms.
    private static void WithRealTime(WorldOptions options) => options.TimeProvider = TimeProvider.System;
}
