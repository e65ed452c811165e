using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Contract;

/// <summary>Streams end with their run, and nobody waits for what cannot come.</summary>
public abstract class StreamEndConformance(Backend backend) : WorkflowTests(backend)
{
    /// <summary>Writes from a step, waits, and ends as it is told.</summary>
    private static readonly WorkflowDefinition<string, string> Writer = Workflow.Define<string, string>("writer", async (flow, token) =>
    {
        if (token == "again")
        {
            return "again";
        }

        await flow.StepAsync("write", async step =>
        {
            await step.WriteStreamAsync("out", "a");
            await step.WriteStreamAsync("out", "b"u8.ToArray());
            await step.WriteStreamAsync("closed", "c");
            await step.CloseStreamAsync("closed");
            await step.CloseStreamAsync("closed");
        });
        return await flow.HookAsync<string>(token) switch
        {
            "fail" => throw new InvalidOperationException("bad"),
            "continue" => throw new ContinueAsNewException("again"),
            var result => result,
        };
    });

    [Fact]
    public async Task The_end_of_a_run_ends_its_streams()
    {
        var world = await Worlds.StartAsync(Writer);
        var run = await ParkedRunAsync(world);
        var live = ReadAsync(world, run.RunId, "out");
        (await world.Streams.GetInfoAsync(run.RunId, "out", Limit)).IsDone.Should().BeFalse();

        await world.ResumeHookAsync("go", "done", Limit);

        (await ResultAsync(world, run)).Should().Be("done");
        (await live).Should().Equal("a", "b");
        (await ReadAsync(world, run.RunId, "out")).Should().Equal("a", "b");
        (await ReadAsync(world, run.RunId, "closed")).Should().Equal("c");
        (await world.Streams.GetInfoAsync(run.RunId, "out", Limit)).Should().Be(new StreamInfo(1, IsDone: true));
        (await world.Streams.GetChunksAsync(run.RunId, "out", cancellationToken: Limit)).IsDone.Should().BeTrue();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_is_written_behind_the_end_of_a_run_is_refused()
    {
        var world = await Worlds.StartAsync(Writer);
        var run = await ParkedRunAsync(world);
        await world.Streams.WriteAsync(run.RunId, "out", "known", Limit);
        await world.ResumeHookAsync("go", "fail", Limit);
        await FailureAsync(world, run);

        foreach (var name in new[] { "out", "new" })
        {
            var write = () => world.Streams.WriteAsync(run.RunId, name, "late", Limit);
            var refused = (await write.Should().ThrowAsync<ConflictException>()).Which;
            refused.Code.Should().Be(ErrorCodes.StreamClosed);
            refused.Message.Should().Contain(run.RunId).And.Contain($"'{name}'").And.Contain("is over");
            await world.Streams.CloseAsync(run.RunId, name, Limit);
        }

        (await world.Streams.ListAsync(run.RunId, Limit)).Should().Equal("closed", "out");
        (await world.Streams.GetInfoAsync(run.RunId, "out", Limit)).TailIndex.Should().Be(2);
        await ShouldHaveFailedAsync(ReadAsync(world, run.RunId, "out"), run.RunId);
    }

    [Fact]
    public async Task A_reader_hears_that_the_run_has_failed()
    {
        var world = await Worlds.StartAsync(Writer);
        var run = await ParkedRunAsync(world);
        await using var live = world.Streams.ReadAsync(run.RunId, "out", cancellationToken: Limit).GetAsyncEnumerator(Limit);
        (await live.MoveNextAsync() && await live.MoveNextAsync()).Should().BeTrue();
        var next = live.MoveNextAsync().AsTask();
        var unwritten = ReadAsync(world, run.RunId, "later");

        await world.ResumeHookAsync("go", "fail", Limit);

        await ShouldHaveFailedAsync(next, run.RunId);
        await ShouldHaveFailedAsync(unwritten, run.RunId);
        await ShouldHaveFailedAsync(ReadAsync(world, run.RunId, "out"), run.RunId);
        (await ReadAsync(world, run.RunId, "closed")).Should().Equal(["c"], "the code had come to its end");
        await using var bytes = world.Streams.OpenRead(run.RunId, "out");
        await ShouldHaveFailedAsync(bytes.CopyToAsync(Stream.Null, Limit), run.RunId);
    }

    [Fact]
    public async Task A_reader_hears_that_the_run_was_cancelled()
    {
        var world = await Worlds.StartAsync(Writer);
        var run = await ParkedRunAsync(world);
        var live = ReadAsync(world, run.RunId, "out");

        await run.CancelAsync("enough", Limit);

        var ended = (await live.Invoking(reading => reading).Should().ThrowAsync<RunEndedException>()).Which;
        (ended.Code, ended.RunId, ended.CancelReason).Should().Be((ErrorCodes.RunCancelled, run.RunId, "enough"));
    }

    [Fact]
    public async Task A_run_that_goes_on_as_another_one_ends_its_own_streams()
    {
        var world = await Worlds.StartAsync(Writer);
        var run = await ParkedRunAsync(world);
        var live = ReadAsync(world, run.RunId, "out");

        await world.ResumeHookAsync("go", "continue", Limit);

        (await live).Should().Equal("a", "b");
        (await ResultAsync(world, run)).Should().Be("again");
    }

    [Fact]
    public async Task Nobody_waits_for_a_run_or_a_stream_that_cannot_come()
    {
        var world = await Worlds.StartAsync(Writer);
        var unknown = world.Shared.Ids.NewRunId();
        foreach (var index in new long[] { 0, -1 })
        {
            var none = async () => await world.Streams.ReadAsync(unknown, "out", index, cancellationToken: Limit).ToListAsync(Limit);
            (await none.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.RunNotFound);
        }

        var run = await ParkedRunAsync(world);
        var mistyped = ReadAsync(world, run.RunId, "ouch");
        await world.ResumeHookAsync("go", "done", Limit);

        foreach (var reading in new[] { mistyped, ReadAsync(world, run.RunId, "ouch") })
        {
            var missing = (await reading.Invoking(task => task).Should().ThrowAsync<NotFoundException>()).Which;
            missing.Code.Should().Be(ErrorCodes.StreamNotFound);
            missing.Message.Should().Contain("'ouch'").And.Contain("never written");
        }
    }

    [Fact]
    public async Task Whoever_says_so_waits_for_the_run_to_come()
    {
        var world = await Worlds.StartAsync(Writer);
        var runId = world.Shared.Ids.NewRunId();
        var reading = world.Streams.ReadAsync(runId, "out", waitForRun: true, cancellationToken: Limit).ToListAsync(Limit).AsTask();
        var unwritten = world.Streams.ReadAsync(runId, "later", waitForRun: true, cancellationToken: Limit).ToListAsync(Limit).AsTask();
        await ParkedRunAsync(world, runId);
        (reading.IsCompleted, unwritten.IsCompleted).Should().Be((false, false));

        await world.ResumeHookAsync("go", "done", Limit);

        (await reading).Should().HaveCount(2);
        await unwritten.Invoking(task => task).Should().ThrowAsync<NotFoundException>();
    }

    [Fact]
    public async Task A_foreign_runtime_closes_its_streams_itself()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        await world.Streams.WriteAsync(runId, "out", "a", Limit);
        await world.AddAsync(runId, new WorkflowEventData.RunFailed(ForeignRun.Bytes("error")));
        var reading = ReadAsync(world, runId, "out");

        await world.Streams.WriteAsync(runId, "out", "b", Limit);
        await world.Streams.CloseAsync(runId, "out", Limit);

        (await reading).Should().Equal("a", "b");
    }

    [Fact]
    public async Task An_attempt_that_was_left_behind_writes_nothing_more()
    {
        var (begun, hold, late) = (new Hold(), new Hold(), new TaskCompletionSource<Exception?>());
        var step = Step.Define<int, int>("slow", async (_, context) =>
        {
            await context.WriteStreamAsync("out", $"{context.Attempt}");
            if (context.Attempt == 1)
            {
                begun.Touch();
                await hold.PassAsync();
                late.SetResult(await Record.ExceptionAsync(() => context.WriteStreamAsync("out", "late")));
            }

            return context.Attempt;
        });
        foreach (var mode in Enum.GetValues<StepMode>())
        {
            (begun, hold, late) = (new Hold(), new Hold(), new TaskCompletionSource<Exception?>());
            var workflow = Workflow.Define<int, int>($"left-{mode}", async (flow, _) => await flow.StepAsync(step, 0, new()
            {
                Mode = mode,
                Timeout = TimeSpan.FromSeconds(1),
                Retry = RetryPolicy.Fixed(2, TimeSpan.Zero),
            }));
            var world = await Worlds.StartAsync(workflow);
            world.Register(step);
            var run = await world.StartRunAsync(workflow, 0, cancellationToken: Limit);
            await begun.ReachedAsync();
            Clock.Advance(TimeSpan.FromSeconds(1));

            (await ResultAsync(world, run)).Should().Be(2);
            hold.Release();
            (await late.Task.WaitAsync(Limit)).Should().BeOfType<StepCancelledException>();
            (await ReadAsync(world, run.RunId, "out")).Should().Equal("1", "2");
            await world.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_step_that_has_lost_its_claim_writes_nothing()
    {
        var failure = new TaskCompletionSource<Exception?>();
        World? world = null;
        var workflow = Workflow.Define<int, int>("lost", async (flow, _) => await flow.StepAsync("write", async step =>
        {
            await step.WriteStreamAsync("out", "mine");
            (await world!.Shared.Database.WriteAsync(
                new Unit(new SqlStatement("UPDATE queue_messages SET lease_token = 'taken'")), Limit)).ThrowUnlessCommitted();
            failure.SetResult(await Record.ExceptionAsync(() => step.WriteStreamAsync("out", "theirs")));
            return 0;
        }));
        world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, 0, cancellationToken: Limit);

        (await failure.Task.WaitAsync(Limit)).Should().BeOfType<StepCancelledException>()
            .Which.Cause.Should().Be(CancellationCause.LeaseLost);
        (await world.Streams.GetInfoAsync(run.RunId, "out", Limit)).TailIndex.Should().Be(0);
    }

    private static async Task<RunHandle<string>> ParkedRunAsync(World world, string? runId = null)
    {
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Writer, "go", new() { RunId = runId }, Limit);
        await transitions.NextAsync(TransitionKind.RunParked, run.RunId);
        return run;
    }

    private static async Task ShouldHaveFailedAsync(Task reading, string runId)
    {
        var ended = (await reading.Invoking(task => task).Should().ThrowAsync<RunEndedException>()).Which;
        (ended.Code, ended.RunId, ended.Error!.Message).Should().Be((ErrorCodes.RunFailed, runId, "bad"));
    }

    private static async Task<List<string>> ReadAsync(World world, string runId, string streamName)
    {
        var chunks = new List<string>();
        await foreach (var chunk in world.Streams.ReadAsync(runId, streamName, cancellationToken: Limit))
        {
            chunks.Add(Encoding.UTF8.GetString(chunk.Span));
        }

        return chunks;
    }
}
