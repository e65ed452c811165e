using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class RetentionConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private static readonly WorkflowDefinition<string, string> Echo = Workflow.Define<string, string>(
        "echo", (flow, input) => flow.StepAsync("echo", _ => Task.FromResult(input)));

    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", async (flow, token) =>
        {
            await flow.SleepAsync(TimeSpan.FromMilliseconds(1));
            return await flow.HookAsync<string>(token);
        });

    private const int Steps = 900;
    private const int Chunks = 1_500;

    private static readonly WorkflowDefinition<int, int> Wide = Workflow.Define<int, int>(
        "wide", async (flow, steps) => (await Task.WhenAll(
            Enumerable.Range(0, steps).Select(i => flow.StepAsync("step", _ => Task.FromResult(i))))).Length);

    private bool CanBeShared { get; } = backend != Backend.SqliteMemory;

    [Fact]
    public async Task A_run_that_is_over_is_deleted_with_everything_it_owns()
    {
        var world = await Worlds.StartAsync(Echo);
        var deleted = await EndedAsync(world);
        var other = await EndedAsync(world);

        await world.Runs.DeleteAsync(deleted.RunId, Limit);

        (await world.Runs.FindAsync(deleted.RunId, Limit)).Should().BeNull();
        (await RowsAsync(world)).Should().Be(await RowsOfAsync(world, other.RunId));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_is_not_over_is_not_deleted()
    {
        var world = await Worlds.StartAsync(Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        var delete = () => world.Runs.DeleteAsync(run.RunId, Limit);

        (await delete.Should().ThrowAsync<ConflictException>()).Which.Code.Should().Be(ErrorCodes.RunNotOver);
        Clock.Advance(Kept);
        await ParkedAsync(transitions, run);
        await world.ResumeHookAsync("token", "payload", Limit);
        (await ResultAsync(world, run)).Should().Be("payload");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_does_not_exist_is_not_deleted()
    {
        var world = await Worlds.StartAsync(Echo);
        var run = await EndedAsync(world);
        await world.Runs.DeleteAsync(run.RunId, Limit);

        var again = () => world.Runs.DeleteAsync(run.RunId, Limit);

        (await again.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.RunNotFound);
    }

    [Fact]
    public async Task The_id_of_a_deleted_run_starts_a_new_one()
    {
        var world = await Worlds.StartAsync(Echo);
        var run = await EndedAsync(world);
        await world.Runs.DeleteAsync(run.RunId, Limit);

        var next = await world.StartRunAsync(Echo, "again", new StartRunOptions { RunId = run.RunId }, Limit);

        (await ResultAsync(world, next)).Should().Be("again");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_large_run_is_gone_at_once_and_cleared_away_in_pieces()
    {
        var world = await Worlds.StartAsync(Wide);
        var run = await LargeAsync(world);
        var other = await LargeAsync(world);
        var seen = new List<long>();
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == TransitionKind.DeletionStepped)
            {
                // The id is free as soon as nobody sees the run any more, and what is under it then stays.
                seen.Add(world.Shared.Database.ReadAsync(
                    reader => reader.ScalarAsync<long>(
                        "SELECT count(*) FROM workflow_runs WHERE run_id = @RunId", new { run.RunId }),
                    Limit).AsTask().GetAwaiter().GetResult());
            }
        };

        await Task.Run(() => world.Runs.DeleteAsync(run.RunId, Limit), Limit);

        seen.Should().HaveCountGreaterThan(3).And.OnlyContain(runs => runs == 0);
        (await RowsAsync(world)).Should().Be(await RowsOfAsync(world, other.RunId) + 1 + Chunks, "there are a stream and its chunks");
        (await world.Streams.ListAsync(run.RunId, Limit)).Should().BeEmpty();
        (await world.Streams.GetInfoAsync(other.RunId, "out", Limit)).TailIndex.Should().Be(Chunks - 1);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_deletion_that_is_cancelled_is_finished_by_maintenance_and_spares_the_next_run_of_that_id()
    {
        var world = await Worlds.StartAsync(Wide, Echo);
        var run = await LargeAsync(world);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Limit);
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == TransitionKind.DeletionStepped)
            {
                cancel.Cancel();
            }
        };
        var delete = () => world.Runs.DeleteAsync(run.RunId, cancel.Token);
        await delete.Should().ThrowAsync<OperationCanceledException>();
        (await world.Runs.FindAsync(run.RunId, Limit)).Should().BeNull();
        await world.ShouldBeSoundAsync();

        await world.Streams.WriteAsync(run.RunId, "out", "new", Limit);
        var next = await world.StartRunAsync(Echo, "again", new StartRunOptions { RunId = run.RunId }, Limit);
        (await ResultAsync(world, next)).Should().Be("again");
        var report = await world.MaintainAsync(Limit);

        report.RunsPurged.Should().Be(0);
        (await RowsAsync(world)).Should().Be(1 + await RowsOfAsync(world, run.RunId) + 1);
        (await world.Streams.GetInfoAsync(run.RunId, "out", Limit)).TailIndex.Should().Be(0);
        (await world.LogAsync(run.RunId)).Should().HaveCount(5);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Without_a_retention_runs_are_kept()
    {
        var world = await Worlds.StartAsync(Echo);
        var run = await EndedAsync(world);
        Clock.Advance(TimeSpan.FromHours(1));

        var report = await world.MaintainAsync(Limit);

        report.RunsPurged.Should().Be(0);
        (await world.Runs.FindAsync(run.RunId, Limit)).Should().NotBeNull();
    }

    [Fact]
    public async Task Runs_are_purged_when_their_retention_is_over_and_not_before()
    {
        var executing = await Worlds.StartAsync(Keep(Kept), Echo, Waiting);
        var old = await EndedAsync(executing);
        var open = await executing.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        Clock.Advance(Kept - TimeSpan.FromMilliseconds(1));
        var young = await EndedAsync(executing);
        (await executing.Runs.FindAsync(old.RunId, Limit)).Should().NotBeNull();
        await executing.StopAsync(Limit);
        Clock.Advance(TimeSpan.FromMilliseconds(1));

        var report = await executing.MaintainAsync(Limit);

        report.RunsPurged.Should().Be(1);
        (await executing.Runs.ListAsync(cancellationToken: Limit)).Items.Select(run => run.RunId)
            .Should().Equal(open.RunId, young.RunId);
        await executing.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_may_have_a_retention_of_its_own()
    {
        var world = await Worlds.StartAsync(Keep(Kept), Echo);
        var forever = await EndedAsync(world, Timeout.InfiniteTimeSpan);
        var longer = await EndedAsync(world, 3 * Kept);
        await EndedAsync(world, TimeSpan.FromSeconds(1));
        await world.StopAsync(Limit);

        Clock.Advance(TimeSpan.FromSeconds(1));
        (await world.MaintainAsync(Limit)).RunsPurged.Should().Be(1);
        Clock.Advance(2 * Kept);
        (await world.MaintainAsync(Limit)).RunsPurged.Should().Be(0);
        (await world.Runs.FindAsync(longer.RunId, Limit)).Should().NotBeNull();
        Clock.Advance(Kept);
        (await world.MaintainAsync(Limit)).RunsPurged.Should().Be(1);

        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().ContainSingle(run => run.RunId == forever.RunId);
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(0.999)]
    public void A_retention_that_cannot_be_is_refused_at_once(double seconds)
    {
        var options = () => new StartRunOptions { Retention = TimeSpan.FromSeconds(seconds) };

        options.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task A_world_that_is_started_purges_by_itself()
    {
        var world = await Worlds.StartAsync(Keep(TimeSpan.FromSeconds(1)), Echo);
        var transitions = Watch(world);
        await EndedAsync(world);
        await Clock.SleeperAsync(TimeSpan.FromSeconds(72), notBefore: TimeSpan.FromSeconds(48)); // leases are shorter

        Clock.Advance(TimeSpan.FromSeconds(72));

        (await transitions.NextAsync(TransitionKind.RunsPurged)).Detail.Should().Be("1");
        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().BeEmpty();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Worlds_that_purge_at_once_delete_each_run_once_while_others_execute()
    {
        const int Count = 250;
        var world = await Worlds.StartAsync(Keep(Kept), Echo);
        await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => EndedAsync(world)));
        World[] others = CanBeShared ? [Worlds.CreateApart(Keep(Kept)), Worlds.CreateApart(Keep(Kept))] : [world];
        await world.StopAsync(Limit);
        Clock.Advance(Kept);
        var executing = CanBeShared ? await Worlds.StartApartAsync(Echo) : world;

        var purges = others.Append(world).Select(purging => Task.Run(() => purging.MaintainAsync(Limit))).ToList();
        var runs = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => executing.StartRunAsync(Echo, $"{i}", cancellationToken: Limit)));
        var reports = await Task.WhenAll(purges);

        reports.Sum(report => report.RunsPurged).Should().Be(Count);
        (await world.Runs.CountAsync(Limit)).Values.Sum().Should().Be(runs.Length);
        if (executing != world)
        {
            await Task.WhenAll(runs.Select(run => ResultAsync(executing, run)));
        }

        await world.ShouldBeSoundAsync();
    }

    private static Action<WorldOptions> Keep(TimeSpan retention) => options => options.Retention = retention;

    private static async Task<RunHandle<string>> EndedAsync(World world, TimeSpan? retention = null)
    {
        var run = await world.StartRunAsync(Echo, "hello", new StartRunOptions { Retention = retention }, Limit);
        await ResultAsync(world, run);
        return run;
    }

    private static async Task<RunHandle<int>> LargeAsync(World world)
    {
        var runId = world.Shared.Ids.NewRunId();
        var chunks = Enumerable.Range(0, Chunks).Select(i => new ReadOnlyMemory<byte>(new byte[i % 500 == 0 ? 3_000_000 : 10])).ToList();
        await world.Streams.WriteManyAsync(runId, "out", chunks, Limit);
        var run = await world.StartRunAsync(Wide, Steps, new StartRunOptions { RunId = runId }, Limit);
        await ResultAsync(world, run);
        return run;
    }

    private static async Task<long> RowsAsync(World world) => await world.Shared.Database.ReadAsync(
        reader => reader.ScalarAsync<long>("""
            SELECT (SELECT count(*) FROM workflow_runs) + (SELECT count(*) FROM workflow_log WHERE run_key > 0)
                 + (SELECT count(*) FROM step_progress) + (SELECT count(*) FROM workflow_hooks) + (SELECT count(*) FROM queue_messages)
                 + (SELECT count(*) FROM streams) + (SELECT count(*) FROM stream_chunks)
                 + (SELECT count(*) FROM deletions)
            """),
        Limit);

    private static async Task<long> RowsOfAsync(World world, string runId) =>
        1 + await world.Shared.Database.ReadAsync(
            reader => reader.ScalarAsync<long>(
                "SELECT count(*) FROM workflow_log WHERE run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id)",
                new { run_id = runId }),
            Limit);
}
