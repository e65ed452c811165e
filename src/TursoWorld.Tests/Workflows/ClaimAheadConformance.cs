using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Messages that are claimed before there is a slot for them.</summary>
public abstract class ClaimAheadConformance(Backend backend) : WorkflowTests(backend)
{
    private readonly Hold _hold = new();

    [Fact]
    public async Task Quick_handlers_find_their_messages_claimed_and_never_more_execute_than_there_are_slots()
    {
        var (executing, most, claims) = (0, 0, 0);
        var world = Worlds.Create(options => options.Concurrency = 2);
        var database = await FaultyDatabase.InstallAsync(world);
        database.BeforeUnit = unit =>
            claims += unit.Statements.Any(statement => statement.Text == MessageSql.ClaimPlain) ? 1 : 0;
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", async (_, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref executing));
            await Task.Yield();
            Interlocked.Decrement(ref executing);
            return QueueResult.Done;
        });
        var ids = await world.QueueBatchAsync([.. Enumerable.Repeat(new OutgoingMessage("mail", default), 200)], Limit);

        await world.StartAsync(Limit);
        foreach (var id in ids)
        {
            await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        }

        most.Should().BeInRange(1, 2);
        claims.Should().BeLessThan(70, "each brings several, and every free slot would ask for its own otherwise");
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task What_waits_behind_a_slow_handler_is_given_back_as_if_it_had_not_been_claimed()
    {
        var world = await StartQuicklyAsync();
        var transitions = Watch(world);
        var ids = await SendHeldAsync(world, transitions, 5);

        await AdvanceUntilAsync(PostponedAsync(transitions, 4));

        var received = await world.Queues.ReceiveAsync("held", 10, TimeSpan.FromMinutes(1), default, Limit);
        received.Select(message => (message.MessageId, message.Attempt, message.Failures))
            .Should().Equal(ids.Skip(1).Select(id => (id, 1, 0)), "they have kept their order");
        _hold.Release();
        await transitions.NextAsync(TransitionKind.MessageCompleted, ids[0]);
    }

    [Fact]
    public async Task Stopping_gives_back_what_nobody_has_begun_on()
    {
        var world = await StartQuicklyAsync(options => options.ShutdownTimeout = TimeSpan.FromHours(1));
        var transitions = Watch(world);
        var ids = await SendHeldAsync(world, transitions, 5);

        var stopping = world.StopAsync(Limit);
        await PostponedAsync(transitions, 4);
        stopping.IsCompleted.Should().BeFalse();
        _hold.Release();
        await stopping;

        var received = await world.Queues.ReceiveAsync("held", 10, TimeSpan.FromMinutes(1), default, Limit);
        received.Select(message => (message.MessageId, message.Attempt, message.Failures))
            .Should().Equal(ids.Skip(1).Select(id => (id, 1, 0)));
    }

    [Fact]
    public async Task A_message_whose_process_has_died_does_not_wait_for_a_slot()
    {
        var world = await StartQuicklyAsync();
        var transitions = Watch(world);
        var attempts = new ConcurrentQueue<int>();
        world.CreateQueueHandler("suspect", (message, _) =>
        {
            attempts.Enqueue(message.Attempt);
            return HoldAsync();
        });
        var later = new QueueOptions { Delay = TimeSpan.FromSeconds(1) };
        var ids = await world.QueueBatchAsync([.. Enumerable.Repeat(new OutgoingMessage("suspect", default, later), 3)], Limit);
        await world.Shared.Database.WriteAsync(
            new Unit(new SqlStatement("UPDATE queue_messages SET interruptions = 1 WHERE queue_name = 'suspect'")), Limit);
        await QuicklyAsync(world, transitions);

        Clock.Advance(TimeSpan.FromSeconds(1.2));
        await transitions.NextAsync(TransitionKind.MessageClaimed, ids[0]);

        (await world.Queues.ListAsync(Limit)).Single(queue => queue.QueueName == "suspect").InFlight.Should().Be(1);
        _hold.Release();
        foreach (var id in ids)
        {
            await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        }

        attempts.Should().Equal(1, 1, 1);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        var seen = Volatile.Read(ref most);
        while (value > seen)
        {
            seen = Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static async Task PostponedAsync(Transitions transitions, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await transitions.NextAsync(TransitionKind.MessagePostponed);
        }
    }

    private static async Task QuicklyAsync(World world, Transitions transitions)
    {
        foreach (var id in await world.QueueBatchAsync([.. Enumerable.Repeat(new OutgoingMessage("quick", default), 10)], Limit))
        {
            await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        }
    }

    private async Task<QueueResult> HoldAsync()
    {
        await _hold.PassAsync();
        return QueueResult.Done;
    }

    /// <summary>A world with one slot whose handlers have been quick so far.</summary>
    private async Task<World> StartQuicklyAsync(Action<WorldOptions>? configure = null)
    {
        var world = await Worlds.StartAsync(options =>
        {
            options.Concurrency = 1;
            configure?.Invoke(options);
        });
        world.CreateQueueHandler("quick", (_, _) => Task.FromResult(QueueResult.Done));
        world.CreateQueueHandler("held", (_, _) => HoldAsync());
        await QuicklyAsync(world, Watch(world));
        return world;
    }

    /// <summary>Sends messages of which the first stands still in its handler and the others wait.</summary>
    private async Task<IReadOnlyList<string>> SendHeldAsync(World world, Transitions transitions, int count)
    {
        var ids = await world.QueueBatchAsync([.. Enumerable.Repeat(new OutgoingMessage("held", default), count)], Limit);
        foreach (var id in ids)
        {
            await transitions.NextAsync(TransitionKind.MessageClaimed, id);
        }

        await _hold.ReachedAsync();
        return ids;
    }

    private async Task AdvanceUntilAsync(Task happened)
    {
        while (!happened.IsCompleted)
        {
            await Task.WhenAny(happened, Clock.SleeperAsync());
            Clock.Advance(TimeSpan.FromMilliseconds(happened.IsCompleted ? 0 : 2_000));
        }

        await happened;
    }
}

public sealed class SqliteFileClaimAheadTests() : ClaimAheadConformance(Backend.SqliteFile);

public sealed class SqliteMemoryClaimAheadTests() : ClaimAheadConformance(Backend.SqliteMemory);
