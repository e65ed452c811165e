using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Queue;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class PollerTests : IAsyncLifetime
{
    private readonly QueueBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _bench.InitializeAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task It_never_claims_beyond_the_room()
    {
        await _bench.StoreRunsAsync(10);
        var handler = new FakeHandler(4, QueueBench.Workflow);

        var dueAt = await Poller(handler).TurnAsync(Cancellation);

        handler.Taken.Should().HaveCount(4);
        handler.Reserved.Should().Be(0);
        dueAt.Should().BeNull();
        (await _bench.CountClaimableAsync("two")).Should().Be(6);
    }

    [Fact]
    public async Task It_gives_back_the_room_that_it_did_not_need()
    {
        await _bench.StoreRunsAsync(3);
        var handler = new FakeHandler(10, QueueBench.Workflow);

        await Poller(handler).TurnAsync(Cancellation);

        handler.Taken.Should().HaveCount(3);
        (handler.Reserved, handler.MostReserved).Should().Be((0, 10));
    }

    [Fact]
    public async Task It_sleeps_until_the_next_message_is_due()
    {
        await _bench.StoreRunAsync();
        await _bench.RunAsync("UPDATE queue_messages SET due_at = @due_at", ("due_at", _bench.Clock.GetUtcNow().AddSeconds(5)));

        var dueAt = await Poller(new FakeHandler(1, QueueBench.Workflow)).TurnAsync(Cancellation);

        dueAt.Should().Be(_bench.Clock.GetUtcNow().AddSeconds(5));
    }

    [Fact]
    public async Task It_starts_with_another_workflow_each_time()
    {
        var other = new WorkflowKey("other", 1);
        var first = await _bench.StoreRunsAsync(3);
        var second = await _bench.StoreRunAsync(other);
        var room = new OneAtATime(new FakeHandler(int.MaxValue, QueueBench.Workflow, other));
        var poller = new Poller(_bench.Store("one"), room, _bench.Room, _bench.Hub, _bench.Clock, _bench.Diagnostics);

        await poller.TurnAsync(Cancellation);
        room.IsFree = true;
        await poller.TurnAsync(Cancellation);

        room.Taken.Should().Equal(MessageOf(first[0]), MessageOf(second));
    }

    [Fact]
    public async Task A_change_elsewhere_makes_it_look_at_the_held_runs_that_were_woken()
    {
        await _bench.StoreRunsAsync(2);
        var handler = new FakeHandler(2, QueueBench.Workflow);
        await using var poller = Poller(handler);
        poller.Start();
        var message = await handler.FirstTaken.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        await _bench.RunAsync(
            "UPDATE queue_messages SET wakes = wakes + 1 WHERE message_key = @key", ("key", message.MessageKey));

        _bench.Hub.SignalChangedElsewhere();

        (await handler.FirstLooked.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation)).Should().Be(message.RunKey);
    }

    [Fact]
    public async Task The_loop_survives_an_error_of_the_database()
    {
        await _bench.RunAsync("ALTER TABLE queue_messages RENAME TO hidden");
        var handler = new FakeHandler(1, QueueBench.Workflow);
        await using var poller = Poller(handler);
        poller.Start();
        await _bench.Clock.SleeperAsync();
        handler.Reserved.Should().Be(0);

        await _bench.RunAsync("ALTER TABLE hidden RENAME TO queue_messages");
        await _bench.StoreRunAsync();
        _bench.Clock.Advance(TimeSpan.FromSeconds(1));

        await handler.FirstTaken.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
    }

    private static string MessageOf(string runId) => TursoWorld.Ids.IdGenerator.MessageIdOf(runId);

    private Poller Poller(FakeHandler handler) =>
        new(_bench.Store("one"), handler, _bench.Room, _bench.Hub, _bench.Clock, _bench.Diagnostics);

    private sealed class OneAtATime(FakeHandler inner) : IMessageHandler
    {
        public bool IsFree { get; set; } = true;

        public IEnumerable<string> Taken => inner.Taken.Select(message => message.MessageId);

        public IReadOnlyList<WorkflowKey> Workflows => inner.Workflows;

        public IReadOnlyList<HeldMessage> Held => [];

        public int Reserve(int most) => IsFree ? inner.Reserve(1) : 0;

        public void Unreserve(int count) => inner.Unreserve(count);

        public void Take(WorkflowKey workflow, ClaimedMessage message)
        {
            IsFree = false;
            inner.Take(workflow, message);
        }

        public void Look(long runKey)
        {
        }

        public void Lose(ClaimedMessage message)
        {
        }
    }
}
