using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Messages that are pulled.</summary>
public abstract class ReceiveConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly byte[] Payload = Encoding.UTF8.GetBytes("hello");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_message_comes_back_when_its_visibility_lapses_and_is_dead_after_the_third_time()
    {
        var world = Worlds.Create();
        var id = await world.QueueAsync("mail", Payload, null, Limit);

        var first = (await ReceiveAsync(world)).Should().ContainSingle().Subject;
        (await ReceiveAsync(world)).Should().BeEmpty();
        Clock.Advance(TimeSpan.FromSeconds(1.2));
        var second = (await ReceiveAsync(world)).Should().ContainSingle().Subject;
        await world.Queues.ExtendAsync(second.Receipt, TimeSpan.Zero, Limit);
        var third = (await ReceiveAsync(world)).Should().ContainSingle().Subject;
        Clock.Advance(TimeSpan.FromSeconds(1.2));
        var fourth = await ReceiveAsync(world);

        new[] { first, second, third }.Select(message => (message.MessageId, message.Attempt, message.Failures))
            .Should().Equal((id, 1, 0), (id, 2, 1), (id, 3, 2));
        first.Payload.ToArray().Should().Equal(Payload);
        fourth.Should().BeEmpty();
        (await world.Queues.ListDeadAsync("mail", null, Limit)).Items.Should().ContainSingle().Which.MessageId.Should().Be(id);
        await world.Queues.RedriveAsync(id, Limit);
        (await ReceiveAsync(world)).Should().ContainSingle().Which.Attempt.Should().Be(1);
    }

    [Fact]
    public async Task A_message_is_dead_when_its_last_visibility_lapses_although_nobody_receives_any_more()
    {
        var world = Worlds.Create();
        var id = await world.QueueAsync("mail", Payload, null, Limit);
        for (var delivery = 0; delivery < 3; delivery++)
        {
            (await ReceiveAsync(world)).Should().ContainSingle();
            Clock.Advance(TimeSpan.FromSeconds(1.2));
        }

        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.Dead.Should().Be(1);
        (await world.Queues.ListDeadAsync("mail", null, Limit)).Items.Should().ContainSingle().Which.MessageId.Should().Be(id);
        (await world.Queues.RedriveAllAsync("mail", Limit)).Should().Be(1);
    }

    [Fact]
    public async Task A_world_without_handlers_takes_back_what_receivers_have_had_for_too_long()
    {
        var world = await Worlds.StartAsync(options => options.MaxRetries = 1);
        var transitions = Watch(world);
        var id = await world.QueueAsync("mail", Payload, null, Limit);
        (await ReceiveAsync(world)).Should().ContainSingle();

        Clock.Advance(TimeSpan.FromSeconds(1.2));

        await transitions.NextAsync(TransitionKind.MessageDead, id);
    }

    [Fact]
    public async Task A_current_receipt_is_final_and_a_stale_one_is_refused()
    {
        var world = Worlds.Create();
        await world.QueueAsync("mail", Payload, null, Limit);
        var stale = (await ReceiveAsync(world)).Single().Receipt;
        Clock.Advance(TimeSpan.FromSeconds(1.2));
        var current = (await ReceiveAsync(world)).Single().Receipt;

        Func<string, Task>[] uses =
        [
            receipt => world.Queues.CompleteAsync(receipt, Limit),
            receipt => world.Queues.ExtendAsync(receipt, Second, Limit),
            receipt => world.Queues.ReleaseAsync(receipt, default, Limit),
        ];
        foreach (var use in uses)
        {
            foreach (var receipt in (string[])[stale, "nonsense", "1.x"])
            {
                (await FluentActions.Awaiting(() => use(receipt)).Should().ThrowAsync<StaleReceiptException>())
                    .Which.Code.Should().Be(ErrorCodes.ReceiptStale);
            }
        }

        await world.Queues.CompleteAsync(current, Limit);
        await FluentActions.Awaiting(() => world.Queues.CompleteAsync(current, Limit)).Should().ThrowAsync<StaleReceiptException>();
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_receiver_that_extends_keeps_its_message()
    {
        var world = Worlds.Create();
        await world.QueueAsync("mail", Payload, null, Limit);
        var message = (await ReceiveAsync(world)).Single();

        for (var i = 0; i < 5; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(0.9));
            await world.Queues.ExtendAsync(message.Receipt, Second, Limit);
            (await ReceiveAsync(world)).Should().BeEmpty();
        }

        await world.Queues.CompleteAsync(message.Receipt, Limit);
    }

    [Fact]
    public async Task A_message_that_is_released_comes_back_after_its_delay_without_a_failure()
    {
        var world = Worlds.Create();
        await world.QueueAsync("mail", Payload, new() { Delay = Second }, Limit);
        (await ReceiveAsync(world)).Should().BeEmpty();
        Clock.Advance(Second);
        var message = (await ReceiveAsync(world)).Single();

        await world.Queues.ReleaseAsync(message.Receipt, TimeSpan.FromSeconds(3), Limit);

        Clock.Advance(TimeSpan.FromSeconds(2.999));
        (await ReceiveAsync(world)).Should().BeEmpty();
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await ReceiveAsync(world)).Should().ContainSingle().Which.Failures.Should().Be(0);
    }

    [Fact]
    public async Task A_receiver_waits_for_a_message_that_is_sent_later()
    {
        var world = Worlds.Create();
        var receiving = world.Queues.ReceiveAsync("mail", 10, Second, TimeSpan.FromSeconds(5), Limit);
        await Clock.SleeperAsync();
        receiving.IsCompleted.Should().BeFalse();

        await world.QueueAsync("mail", Payload, null, Limit);

        (await receiving.WaitAsync(TimeSpan.FromSeconds(10), Limit)).Should().ContainSingle();
    }

    [Fact]
    public async Task A_receiver_gives_up_when_its_time_is_over()
    {
        var world = Worlds.Create();
        await world.Queues.ListAsync(Limit); // opens the database
        var receiving = world.Queues.ReceiveAsync("mail", 10, Second, TimeSpan.FromSeconds(5), Limit);
        await Clock.SleeperAsync(TimeSpan.FromSeconds(5));

        Clock.Advance(TimeSpan.FromSeconds(5));

        (await receiving.WaitAsync(TimeSpan.FromSeconds(10), Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task Depths_tell_ready_delayed_and_in_flight_and_the_oldest_age()
    {
        var world = Worlds.Create();
        await world.QueueBatchAsync([new("mail", Payload), new("mail", Payload), new("post", Payload, new() { Delay = Second })], Limit);
        await world.Queues.ReceiveAsync("mail", 1, TimeSpan.FromMinutes(1), default, Limit);
        Clock.Advance(TimeSpan.FromMilliseconds(500));

        var depths = await world.Queues.ListAsync(Limit);

        depths.Select(queue => (queue.QueueName, queue.Ready, queue.Delayed, queue.InFlight, queue.Dead))
            .Should().Equal(("mail", 1, 0, 1, 0), ("post", 0, 1, 0, 0));
        depths.Should().OnlyContain(queue => queue.OldestAge == TimeSpan.FromMilliseconds(500));
    }

    private static Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(World world) =>
        world.Queues.ReceiveAsync("mail", 10, Second, TimeSpan.Zero, Limit);
}
