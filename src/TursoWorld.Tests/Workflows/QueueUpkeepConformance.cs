using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What keeps the queue from growing.</summary>
public abstract class QueueUpkeepConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task Keys_that_hold_no_longer_are_removed_and_those_that_hold_stay()
    {
        var world = Worlds.Create();
        await SendAsync(world, "short", "finished");
        await CompleteAsync(world, "short");
        await SendAsync(world, "long", "waiting");

        Clock.Advance(TimeSpan.FromSeconds(4));
        await SendAsync(world, "other", "young");
        await CompleteAsync(world, "other");
        (await KeysAsync(world)).Should().Equal("finished", "waiting", "young");
        Clock.Advance(TimeSpan.FromSeconds(4));
        await SendAsync(world, "any", "last");

        (await KeysAsync(world)).Should().Equal("last", "waiting", "young");
        (await world.QueueAsync("long", default, new() { IdempotencyKey = "waiting" }, Limit)).Should().Be(
            (await CompleteAsync(world, "long"))[0]);
        Clock.Advance(TimeSpan.FromMinutes(1.1)); // until then nobody looks again at what held
        await SendAsync(world, "any", "very last");
        (await KeysAsync(world)).Should().Equal("last", "very last");
    }

    [Fact]
    public async Task Keys_that_hold_do_not_stand_in_the_way_of_those_that_do_not()
    {
        var world = Worlds.Create();
        var waiting = Enumerable.Range(0, 15).Select(i => $"waiting {i:00}").ToArray();
        var finished = Enumerable.Range(0, 15).Select(i => $"finished {i:00}").ToArray();
        await SendAsync(world, "long", waiting);
        await SendAsync(world, "short", finished);
        await CompleteAsync(world, "short");
        Clock.Advance(TimeSpan.FromSeconds(6));

        for (var i = 0; i < 3; i++)
        {
            await SendAsync(world, "any", "last");
        }

        (await KeysAsync(world)).Should().Equal(["last", .. waiting]);
    }

    private static Task<IReadOnlyList<string>> SendAsync(World world, string queueName, params string[] keys) =>
        world.QueueBatchAsync(
            [.. keys.Select(key => new OutgoingMessage(queueName, default, new() { IdempotencyKey = key }))], Limit);

    private static async Task<IReadOnlyList<string>> CompleteAsync(World world, string queueName)
    {
        var received = await world.Queues.ReceiveAsync(queueName, 100, TimeSpan.FromMinutes(1), default, Limit);
        foreach (var message in received)
        {
            await world.Queues.CompleteAsync(message.Receipt, Limit);
        }

        return [.. received.Select(message => message.MessageId)];
    }

    private static async Task<IReadOnlyList<string>> KeysAsync(World world) => await world.Shared.Database.ReadAsync(
        reader => reader.QueryAsync<string>("SELECT key FROM queue_idempotency ORDER BY key"), Limit);
}

public sealed class SqliteFileQueueUpkeepTests() : QueueUpkeepConformance(Backend.SqliteFile);

public sealed class SqliteMemoryQueueUpkeepTests() : QueueUpkeepConformance(Backend.SqliteMemory);
