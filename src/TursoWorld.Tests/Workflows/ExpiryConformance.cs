using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What goes besides runs: dead messages, idempotency keys, and streams without a run.</summary>
public abstract class ExpiryConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", (flow, token) => flow.HookAsync<string>(token));

    [Fact]
    public async Task Dead_messages_are_purged_when_their_retention_is_over_and_not_before()
    {
        var world = await Worlds.StartAsync(options => (options.MaxRetries, options.DeadMessageRetention) = (1, Kept));
        await DieAsync(world, 3_000_000, 3_000_000, 10, 10);
        Clock.Advance(Kept - Instant);
        await DieAsync(world, 10);
        await world.QueueAsync("alive", new byte[10], new() { Delay = TimeSpan.FromDays(1) }, Limit);
        await world.StopAsync(Limit);

        (await world.MaintainAsync(Limit)).DeadMessagesPurged.Should().Be(0);
        Clock.Advance(Instant);
        (await world.MaintainAsync(Limit)).DeadMessagesPurged.Should().Be(4);

        (await world.Queues.ListAsync(Limit)).Select(queue => (queue.QueueName, queue.Dead, queue.Delayed))
            .Should().BeEquivalentTo([("alive", 0L, 1L), ("dying", 1L, 0L)]);
        Clock.Advance(Kept);
        (await world.MaintainAsync(Limit)).DeadMessagesPurged.Should().Be(1);
    }

    [Fact]
    public async Task A_message_that_is_re_driven_is_not_purged()
    {
        var world = await Worlds.StartAsync(options => (options.MaxRetries, options.DeadMessageRetention) = (1, Kept));
        await DieAsync(world, 10, 10);
        await world.StopAsync(Limit);
        var dead = (await world.Queues.ListDeadAsync("dying", cancellationToken: Limit)).Items;
        Clock.Advance(Kept);
        await world.Queues.RedriveAsync(dead[0].MessageId, Limit);

        (await world.MaintainAsync(Limit)).DeadMessagesPurged.Should().Be(1);

        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.Ready.Should().Be(1);
    }

    [Fact]
    public async Task Without_a_retention_of_their_own_dead_messages_are_kept()
    {
        var world = await Worlds.StartAsync(options => (options.MaxRetries, options.Retention) = (1, Kept));
        await DieAsync(world, 10);
        await world.StopAsync(Limit);
        Clock.Advance(3 * Kept);

        (await world.MaintainAsync(Limit)).DeadMessagesPurged.Should().Be(0);

        (await world.Queues.ListDeadAsync("dying", cancellationToken: Limit)).Items.Should().ContainSingle();
    }

    [Fact]
    public async Task A_world_that_is_started_purges_dead_messages_by_itself()
    {
        var world = await Worlds.StartAsync(
            options => (options.MaxRetries, options.DeadMessageRetention) = (1, TimeSpan.FromSeconds(1)));
        var transitions = Watch(world);
        await DieAsync(world, 10);
        await Clock.SleeperAsync(TimeSpan.FromSeconds(72), notBefore: TimeSpan.FromSeconds(48)); // leases are shorter

        Clock.Advance(TimeSpan.FromSeconds(72));

        (await transitions.NextAsync(TransitionKind.DeadMessagesPurged)).Detail.Should().Be("1");
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task Idempotency_keys_go_when_they_hold_no_longer()
    {
        const int Finished = 1_200;
        var world = Worlds.Create();
        await world.QueueAsync("held", new byte[1], new() { IdempotencyKey = "k" }, Limit);
        for (var i = 0; i < Finished; i += 100)
        {
            await world.QueueBatchAsync(
                [.. Enumerable.Range(i, 100).Select(n => new OutgoingMessage("x", new byte[1], new() { IdempotencyKey = $"{n}" }))], Limit);
            foreach (var received in await world.Queues.ReceiveAsync("x", 100, TimeSpan.FromHours(1), TimeSpan.Zero, Limit))
            {
                await world.Queues.CompleteAsync(received.Receipt, Limit);
            }
        }

        (await world.MaintainAsync(Limit)).IdempotencyKeysPurged.Should().Be(0, "their time is not up");
        Clock.Advance(TimeSpan.FromSeconds(6));
        (await world.MaintainAsync(Limit)).IdempotencyKeysPurged.Should().Be(Finished);
        (await world.MaintainAsync(Limit)).IdempotencyKeysPurged.Should().Be(0);

        (await CountAsync(world, "queue_idempotency")).Should().Be(1, "its message waits");
        var held = (await world.Queues.ReceiveAsync("held", 1, TimeSpan.FromHours(1), TimeSpan.Zero, Limit)).Should().ContainSingle().Subject;
        await world.Queues.CompleteAsync(held.Receipt, Limit);
        Clock.Advance(TimeSpan.FromMinutes(1));
        (await world.MaintainAsync(Limit)).IdempotencyKeysPurged.Should().Be(1);
    }

    [Fact]
    public async Task A_stream_without_a_run_goes_when_it_has_been_closed_for_as_long_as_runs_are_kept()
    {
        var world = Worlds.Create(options => options.Retention = Kept);
        await world.Streams.WriteManyAsync("nobody", "out", [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[10], 1_500)], Limit);
        Clock.Advance(Kept / 2);
        await world.Streams.CloseAsync("nobody", "out", Limit);
        Clock.Advance(Kept - Instant);

        (await world.MaintainAsync(Limit)).StreamsPurged.Should().Be(0);
        Clock.Advance(Instant);
        (await world.MaintainAsync(Limit)).StreamsPurged.Should().Be(1);

        (await world.Streams.ListAsync("nobody", Limit)).Should().BeEmpty();
        (await CountAsync(world, "stream_chunks")).Should().Be(0);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_stream_without_a_run_stays_as_long_as_somebody_writes_to_it()
    {
        var world = Worlds.Create(options => options.Retention = Kept);
        await world.Streams.WriteAsync("nobody", "out", "1", Limit);
        for (var i = 0; i < 3; i++)
        {
            Clock.Advance(Kept);
            (await world.MaintainAsync(Limit)).StreamsPurged.Should().Be(0);
            await world.Streams.WriteAsync("nobody", "out", "2", Limit);
        }

        Clock.Advance(Kept);
        (await world.MaintainAsync(Limit)).StreamsPurged.Should().Be(0, "there was a chunk since the look before");
        Clock.Advance(Kept);
        (await world.MaintainAsync(Limit)).StreamsPurged.Should().Be(1);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_stream_whose_run_is_stored_stays_with_it()
    {
        var world = Worlds.Create(options => options.Retention = Kept);
        var run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await world.Streams.WriteAsync(run.RunId, "out", "1", Limit);
        await world.Streams.CloseAsync(run.RunId, "out", Limit);
        for (var i = 0; i < 3; i++)
        {
            Clock.Advance(Kept);
            (await world.MaintainAsync(Limit)).StreamsPurged.Should().Be(0);
        }

        (await world.Streams.ListAsync(run.RunId, Limit)).Should().Equal("out");
        await run.CancelAsync(cancellationToken: Limit);
        Clock.Advance(Kept);
        (await world.MaintainAsync(Limit)).Should().Be(
            new MaintenanceReport { RunsPurged = 1, StreamsPurged = 0, DeadMessagesPurged = 0, IdempotencyKeysPurged = 0 });
        (await CountAsync(world, "streams")).Should().Be(0);
    }

    [Fact]
    public async Task Without_a_retention_streams_are_kept()
    {
        var world = Worlds.Create();
        await world.Streams.WriteAsync("nobody", "out", "1", Limit);
        Clock.Advance(3 * Kept);

        (await world.MaintainAsync(Limit)).StreamsPurged.Should().Be(0);

        (await world.Streams.ListAsync("nobody", Limit)).Should().Equal("out");
    }

    private static async Task DieAsync(World world, params int[] sizes)
    {
        var transitions = Watch(world);
        using var failing = world.CreateQueueHandler("dying", (_, _) => throw new InvalidOperationException("no"));
        foreach (var size in sizes)
        {
            var id = await world.QueueAsync("dying", new byte[size], cancellationToken: Limit);
            await transitions.NextAsync(TransitionKind.MessageDead, id);
        }
    }

    private static async Task<long> CountAsync(World world, string table) => await world.Shared.Database.ReadAsync(
        reader => reader.ScalarAsync<long>($"SELECT count(*) FROM {table}"), Limit);
}
