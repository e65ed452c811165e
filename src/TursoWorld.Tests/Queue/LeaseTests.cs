using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Queue;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class LeaseTests : IAsyncLifetime
{
    private readonly QueueBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _bench.InitializeAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_keeper_renews_what_is_held_three_times_a_lease()
    {
        var handler = await HeldAsync(3);
        await using var keeper = Keeper(handler);
        keeper.Start();

        for (var i = 1; i <= 3; i++)
        {
            await _bench.Clock.SleeperAsync();
            _bench.Clock.Advance(QueueBench.Lease / 3);
        }

        await _bench.Clock.SleeperAsync();
        var endsAt = _bench.Clock.GetUtcNow() + QueueBench.Lease;
        (await _bench.RunAsync("SELECT lease_ends_at FROM queue_messages")).Select(row => row.Integer(0))
            .Should().HaveCount(3).And.AllBeEquivalentTo(endsAt.ToUnixTimeMilliseconds());
        handler.Lost.Should().BeEmpty();
    }

    [Fact]
    public async Task The_keeper_reports_the_lease_that_another_worker_has_taken_and_only_that()
    {
        var handler = await HeldAsync(3);
        var taken = handler.Taken[1];
        await _bench.RunAsync(
            "UPDATE queue_messages SET lease_ends_at = 0 WHERE message_key = @key", ("key", taken.MessageKey));
        var theirs = await _bench.ClaimOneAsync("two");

        await Keeper(handler).TurnAsync(Cancellation);

        handler.Lost.Should().Equal(taken);
        var rows = await _bench.RunAsync(
            "SELECT lease_token FROM queue_messages WHERE message_key = @key", ("key", taken.MessageKey));
        rows[0].Text(0).Should().Be(theirs.LeaseToken);
    }

    [Fact]
    public async Task The_keeper_does_not_revive_a_lease_that_was_ended()
    {
        var handler = await HeldAsync(1);
        await _bench.RunAsync("UPDATE queue_messages SET lease_ends_at = 0");

        await Keeper(handler).TurnAsync(Cancellation);

        handler.Lost.Should().Equal(handler.Taken);
        (await _bench.CountClaimableAsync("two")).Should().Be(1);
    }

    private async Task<FakeHandler> HeldAsync(int count)
    {
        await _bench.StoreRunsAsync(count);
        var handler = new FakeHandler(count, QueueBench.Workflow);
        foreach (var message in (await _bench.Store("one").ClaimAsync(QueueBench.Workflow, ClaimRoom.For(count), Cancellation)).Messages)
        {
            handler.Reserve(1);
            handler.Take(QueueBench.Workflow, message);
        }

        return handler;
    }

    private LeaseKeeper Keeper(FakeHandler handler) =>
        new(_bench.Store("one"), [handler], QueueBench.Lease, _bench.Clock, _bench.Diagnostics);
}
