using System.Collections.Concurrent;
using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Plain messages and their handlers.</summary>
public abstract class QueueConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly byte[] Payload = Encoding.UTF8.GetBytes("hello");

    [Fact]
    public async Task Every_byte_reaches_the_handler_as_it_was_sent()
    {
        var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        var got = new ConcurrentQueue<QueueMessage>();
        var world = await Worlds.StartAsync();
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", Collect(got));
        var headers = new Dictionary<string, string> { ["trace"] = "ä \"1\"" };

        var full = await world.QueueAsync("mail", bytes, new() { Headers = headers }, Limit);
        var delayed = await world.QueueAsync("mail", bytes, new() { Headers = headers, Delay = TimeSpan.FromSeconds(1) }, Limit);
        var empty = await world.QueueAsync("mail", default, null, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, full);
        await transitions.NextAsync(TransitionKind.MessageCompleted, empty);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await transitions.NextAsync(TransitionKind.MessageCompleted, delayed);

        QueueMessage Of(string id) => got.Single(message => message.MessageId == id);
        full.Should().StartWith("msg_").And.HaveLength(30);
        Of(full).Payload.ToArray().Should().Equal(bytes);
        Of(delayed).Payload.ToArray().Should().Equal(bytes);
        Of(empty).Payload.Length.Should().Be(0);
        Of(full).Headers.Should().Equal(headers);
        Of(delayed).Headers.Should().Equal(headers);
        Of(empty).Headers.Should().BeEmpty();
        (Of(full).QueueName, Of(full).Attempt).Should().Be(("mail", 1));
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_message_waits_for_its_delay_to_the_millisecond()
    {
        var got = new ConcurrentQueue<QueueMessage>();
        var world = await Worlds.StartAsync();
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", Collect(got));
        Clock.Advance(TimeSpan.FromTicks(7));

        var later = await world.QueueAsync("mail", Payload, new() { Delay = TimeSpan.FromMilliseconds(1500) }, Limit);
        Clock.Advance(TimeSpan.FromMilliseconds(1499));
        var now = await world.QueueAsync("mail", Payload, null, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, now);

        got.Should().ContainSingle();
        Clock.Advance(TimeSpan.FromMilliseconds(2));
        await transitions.NextAsync(TransitionKind.MessageCompleted, later);
    }

    [Fact]
    public async Task A_handler_that_asks_for_it_again_gets_the_same_message_and_no_failure_is_counted()
    {
        var got = new ConcurrentQueue<QueueMessage>();
        var world = await Worlds.StartAsync(options => options.MaxRetries = 1);
        var transitions = Watch(world);
        world.CreateQueueHandler("poll", (message, _) =>
        {
            got.Enqueue(message);
            return Task.FromResult(message.Attempt switch
            {
                <= 5 => QueueResult.Again(TimeSpan.FromSeconds(2)),
                6 => QueueResult.Again(TimeSpan.Zero),
                _ => QueueResult.Done,
            });
        });

        var id = await world.QueueAsync("poll", Payload, null, Limit);
        for (var i = 0; i < 5; i++)
        {
            await transitions.NextAsync(TransitionKind.MessagePostponed, id);
            Clock.Advance(TimeSpan.FromSeconds(2));
        }

        await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        got.Select(message => (message.MessageId, message.Attempt)).Should().Equal(Enumerable.Range(1, 7).Select(n => (id, n)));
        transitions.Count(TransitionKind.MessageFailed, id).Should().Be(0);
    }

    [Fact]
    public async Task A_message_that_fails_too_often_is_dead_and_can_be_driven_again()
    {
        var isBroken = true;
        var world = await Worlds.StartAsync();
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", (_, _) =>
            isBroken ? throw new InvalidOperationException("broken") : Task.FromResult(QueueResult.Done));

        var id = await world.QueueAsync("mail", Payload, null, Limit);
        await transitions.NextAsync(TransitionKind.MessageFailed, id);
        Clock.Advance(TimeSpan.FromSeconds(1.2));
        await transitions.NextAsync(TransitionKind.MessageFailed, id);
        Clock.Advance(TimeSpan.FromSeconds(2.4));
        await transitions.NextAsync(TransitionKind.MessageDead, id);

        var dead = (await world.Queues.ListDeadAsync("mail", null, Limit)).Items.Should().ContainSingle().Subject;
        (dead.MessageId, dead.Failures, dead.Attempt).Should().Be((id, 3, 3));
        dead.Payload.ToArray().Should().Equal(Payload);
        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.Dead.Should().Be(1);
        (await world.Queues.ReceiveAsync("mail", 1, TimeSpan.FromSeconds(1), default, Limit)).Should().BeEmpty();
        isBroken = false;
        await world.Queues.RedriveAsync(id, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
        var again = () => world.Queues.RedriveAsync(id, Limit);
        (await again.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.MessageNotFound);
    }

    [Fact]
    public async Task All_dead_messages_of_a_queue_are_driven_again_or_deleted_together()
    {
        var world = await Worlds.StartAsync(options => options.MaxRetries = 1);
        var transitions = Watch(world);
        var handler = world.CreateQueueHandler("mail", (_, _) => throw new InvalidOperationException("broken"));
        var ids = await world.QueueBatchAsync([.. Enumerable.Repeat(new OutgoingMessage("mail", Payload), 3)], Limit);
        foreach (var id in ids)
        {
            await transitions.NextAsync(TransitionKind.MessageDead, id);
        }

        var first = await world.Queues.ListDeadAsync("mail", new() { Limit = 2 }, Limit);
        var rest = await world.Queues.ListDeadAsync("mail", new() { Limit = 2, Cursor = first.Cursor }, Limit);

        first.Items.Concat(rest.Items).Select(message => message.MessageId).Should().Equal(ids);
        (first.HasMore, rest.HasMore).Should().Be((true, false));
        handler.Dispose();
        await world.Queues.DeleteDeadAsync(ids[0], Limit);
        (await world.Queues.RedriveAllAsync("mail", Limit)).Should().Be(2);
        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.Ready.Should().Be(2);
        (await world.Queues.DeleteAllDeadAsync("mail", Limit)).Should().Be(0);
    }

    [Fact]
    public async Task A_message_of_a_runtime_on_top_is_never_dead()
    {
        const string Name = "__wkf_workflow_order";
        var world = await Worlds.StartAsync(options => options.MaxRetries = 1);
        var transitions = Watch(world);
        world.CreateQueueHandler("__wkf_", (message, _) =>
            message.Attempt <= 60 ? throw new InvalidOperationException("broken") : Task.FromResult(QueueResult.Done));

        var id = await world.QueueAsync(Name, Payload, null, Limit);
        for (var i = 0; i < 60; i++)
        {
            await transitions.NextAsync(TransitionKind.MessageFailed, id);
            Clock.Advance(TimeSpan.FromSeconds(72));
        }

        await transitions.NextAsync(TransitionKind.MessageCompleted, id);
    }

    [Fact]
    public async Task Messages_wait_until_the_world_is_started()
    {
        var got = new ConcurrentQueue<QueueMessage>();
        var world = Worlds.Create();
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", Collect(got));
        var id = await world.QueueAsync("mail", Payload, null, Limit);
        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.Ready.Should().Be(1);
        got.Should().BeEmpty();

        await world.StartAsync(Limit);

        await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        got.Should().ContainSingle();
    }

    [Fact]
    public async Task The_longest_prefix_wins_and_a_prefix_has_one_handler()
    {
        var world = await Worlds.StartAsync();
        var transitions = Watch(world);
        var seen = new ConcurrentQueue<string>();
        world.CreateQueueHandler("a", Note("short"));
        var longer = world.CreateQueueHandler("a.b", Note("long"));

        var duplicate = () => world.CreateQueueHandler("a.b", Note("third"));
        duplicate.Should().Throw<ConflictException>().Which.Code.Should().Be(ErrorCodes.DuplicateQueueHandler);
        var ids = await world.QueueBatchAsync([new("a.b.c", Payload), new("a.c", Payload)], Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, ids[0]);
        await transitions.NextAsync(TransitionKind.MessageCompleted, ids[1]);
        longer.Dispose();
        var third = await world.QueueAsync("a.b.c", Payload, null, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, third);

        seen.Order().Should().Equal("long a.b.c", "short a.b.c", "short a.c");

        Func<QueueMessage, CancellationToken, Task<QueueResult>> Note(string who) => (message, _) =>
        {
            seen.Enqueue($"{who} {message.QueueName}");
            return Task.FromResult(QueueResult.Done);
        };
    }

    [Fact]
    public async Task One_key_is_one_message_until_it_is_finished_and_the_window_is_over()
    {
        var world = Worlds.Create();
        var keyed = new QueueOptions { IdempotencyKey = "k" };
        var first = await world.QueueAsync("mail", Payload, keyed, Limit);
        Clock.Advance(TimeSpan.FromMinutes(1)); // not finished

        var second = await world.QueueAsync("mail", Payload, keyed, Limit);
        var elsewhere = await world.QueueAsync("post", Payload, keyed, Limit);
        var batch = await world.QueueBatchAsync([new("mail", Payload, new() { IdempotencyKey = "x" }), new("mail", Payload, new() { IdempotencyKey = "x" })], Limit);

        second.Should().Be(first);
        elsewhere.Should().NotBe(first);
        batch[1].Should().Be(batch[0]);
        var received = await world.Queues.ReceiveAsync("mail", 10, TimeSpan.FromMinutes(1), default, Limit);
        received.Select(message => message.MessageId).Should().Equal(first, batch[0]);
        (await world.QueueAsync("mail", Payload, keyed, Limit)).Should().Be(first, "it is in flight");
        await world.Queues.CompleteAsync(received[0].Receipt, Limit);
        await world.Queues.CompleteAsync(received[1].Receipt, Limit);
        (await world.QueueAsync("mail", Payload, new() { IdempotencyKey = "x" }, Limit))
            .Should().Be(batch[0], "the window is not over");
        (await world.QueueAsync("mail", Payload, keyed, Limit)).Should().NotBe(first);
        Clock.Advance(TimeSpan.FromSeconds(5.001));
        (await world.QueueAsync("mail", Payload, new() { IdempotencyKey = "x" }, Limit)).Should().NotBe(batch[0]);
    }

    [Fact]
    public async Task A_batch_with_a_bad_message_sends_none()
    {
        var world = Worlds.Create();

        var send = () => world.QueueBatchAsync([new("mail", Payload), new(" mail", Payload)], Limit);

        (await send.Should().ThrowAsync<ArgumentException>()).WithMessage("*1 to 512 characters*white space*");
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\n")]
    [InlineData("a\0b")]
    public async Task A_name_that_no_queue_can_have_is_refused(string name)
    {
        var world = Worlds.Create();

        var send = () => world.QueueAsync(name, Payload, null, Limit);

        await send.Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => world.QueueAsync(new string('x', 513), Payload, null, Limit))
            .Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => world.QueueAsync("x", Payload, new() { Delay = TimeSpan.FromTicks(-1) }, Limit))
            .Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => world.QueueAsync("x", Payload, new() { IdempotencyKey = "" }, Limit))
            .Should().ThrowAsync<ArgumentException>();
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task Half_a_character_is_refused_and_a_replacement_character_is_not()
    {
        const string Half = "a\ud800"; // no argument of a theory: an attribute cannot hold it
        var world = Worlds.Create();

        await FluentActions.Awaiting(() => world.QueueAsync(Half, Payload, null, Limit)).Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => world.QueueAsync("a", Payload, new() { IdempotencyKey = Half }, Limit))
            .Should().ThrowAsync<ArgumentException>();
        var headers = new Dictionary<string, string> { ["x"] = Half };
        await FluentActions.Awaiting(() => world.QueueAsync("a", Payload, new() { Headers = headers }, Limit))
            .Should().ThrowAsync<ArgumentException>();
        await world.QueueAsync("a\ufffd", Payload, new() { IdempotencyKey = "\ufffd" }, Limit);

        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.QueueName.Should().Be("a\ufffd");
    }

    [Fact]
    public async Task Steps_and_handlers_share_the_slots()
    {
        var hold = new Hold();
        var workflow = Workflow.Define<string, string>("slow", (flow, _) => flow.StepAsync("hold", async _ =>
        {
            await hold.PassAsync();
            return "step";
        }));
        var world = await Worlds.StartAsync(options => options.Concurrency = 1, workflow);
        var transitions = Watch(world);
        var got = new ConcurrentQueue<QueueMessage>();
        world.CreateQueueHandler("mail", Collect(got));
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        var ids = await world.QueueBatchAsync([new("mail", Payload), new("mail", Payload)], Limit);

        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.Ready.Should().Be(2);
        got.Should().BeEmpty();
        hold.Release();
        await transitions.NextAsync(TransitionKind.MessageCompleted, ids[0]);
        await transitions.NextAsync(TransitionKind.MessageCompleted, ids[1]);
        (await ResultAsync(world, run)).Should().Be("step");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Stopping_waits_for_a_handler()
    {
        var hold = new Hold();
        var world = await Worlds.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromHours(1));
        world.CreateQueueHandler("mail", async (_, _) =>
        {
            await hold.PassAsync();
            return QueueResult.Done;
        });
        await world.QueueAsync("mail", Payload, null, Limit);
        await hold.ReachedAsync();

        var stopping = world.StopAsync(Limit);
        stopping.IsCompleted.Should().BeFalse();
        hold.Release();
        await stopping;

        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_handler_that_is_cut_short_by_stopping_has_not_attempted_anything()
    {
        var hold = new Hold();
        var world = await Worlds.StartAsync();
        world.CreateQueueHandler("mail", async (_, cancellationToken) =>
        {
            hold.Touch();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return QueueResult.Done;
        });
        var id = await world.QueueAsync("mail", Payload, null, Limit);
        await hold.ReachedAsync();

        await world.StopAsync(Limit);

        var message = (await world.Queues.ReceiveAsync("mail", 1, TimeSpan.FromSeconds(1), default, Limit))
            .Should().ContainSingle().Subject;
        (message.MessageId, message.Attempt, message.Failures).Should().Be((id, 1, 0));
    }

    private static Func<QueueMessage, CancellationToken, Task<QueueResult>> Collect(ConcurrentQueue<QueueMessage> got) =>
        (message, _) =>
        {
            got.Enqueue(message);
            return Task.FromResult(QueueResult.Done);
        };
}
