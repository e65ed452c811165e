using FluentAssertions;
using TursoWorld.Abstractions;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class ClaimTests : IAsyncLifetime
{
    private readonly QueueBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _bench.InitializeAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Two_claimants_never_share_a_message()
    {
        await _bench.StoreRunsAsync(60);
        var (one, two) = (_bench.Store("one"), _bench.Store("two"));

        var claims = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            Task.Run(() => (i % 2 == 0 ? one : two).ClaimAsync(QueueBench.Workflow, ClaimRoom.For(7), Cancellation), Cancellation)));

        var claimed = claims.SelectMany(claim => claim.Messages).ToList();
        claimed.Should().HaveCount(60).And.OnlyHaveUniqueItems(message => message.MessageKey);
        claims.Where(claim => claim.Messages.Count > 0).Select(claim => claim.Messages[0].LeaseToken)
            .Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_claim_takes_no_more_than_its_limit_and_the_earliest_due_first()
    {
        var late = await _bench.StoreRunAsync();
        var early = await _bench.StoreRunAsync();
        var middle = await _bench.StoreRunAsync();
        await BringForwardAsync(early, 2000);
        await BringForwardAsync(middle, 1000);

        var first = await _bench.Store("one").ClaimAsync(QueueBench.Workflow, ClaimRoom.For(2), Cancellation);
        var second = await _bench.Store("one").ClaimAsync(QueueBench.Workflow, ClaimRoom.For(2), Cancellation);

        first.Messages.Select(message => message.MessageId).Should().BeEquivalentTo(MessageOf(early), MessageOf(middle));
        second.Messages.Select(message => message.MessageId).Should().Equal(MessageOf(late));
    }

    [Fact]
    public async Task What_is_not_due_yet_is_not_claimed()
    {
        await _bench.StoreRunAsync();
        var dueAt = _bench.Clock.GetUtcNow().AddSeconds(1);
        await _bench.RunAsync("UPDATE queue_messages SET due_at = @due_at", ("due_at", dueAt));
        var store = _bench.Store("one");

        var early = await store.ClaimAsync(QueueBench.Workflow, ClaimRoom.For(1), Cancellation);
        early.Messages.Should().BeEmpty();
        early.NextDue.Should().Be(dueAt);
        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        var claimed = await store.ClaimAsync(QueueBench.Workflow, ClaimRoom.For(1), Cancellation);

        claimed.Messages.Should().ContainSingle();
        claimed.NextDue.Should().BeNull();
    }

    [Fact]
    public async Task Only_the_name_and_version_that_were_asked_for_are_claimed()
    {
        var newer = new WorkflowKey(QueueBench.Workflow.Name, 2);
        var other = new WorkflowKey("other", 1);
        await _bench.StoreRunAsync(QueueBench.Workflow);
        await _bench.StoreRunAsync(other);
        var wanted = await _bench.StoreRunAsync(newer);

        var claimed = await _bench.Store("one").ClaimAsync(newer, ClaimRoom.For(10), Cancellation);

        claimed.Messages.Select(message => message.MessageId).Should().Equal(MessageOf(wanted));
        claimed.NextDue.Should().BeNull();
        (await _bench.Store("one").ClaimAsync(other, ClaimRoom.For(1), Cancellation)).Messages.Should().ContainSingle();
    }

    [Fact]
    public async Task What_has_waited_for_its_time_is_taken_in_the_order_in_which_that_has_come()
    {
        var first = await _bench.StoreRunAsync();
        var delayed = await _bench.StoreRunAsync();
        await _bench.RunAsync(
            "UPDATE queue_messages SET due_at = @due_at WHERE message_id = @id",
            ("due_at", _bench.Clock.GetUtcNow().AddSeconds(1)), ("id", MessageOf(delayed)));
        _bench.Clock.Advance(TimeSpan.FromSeconds(2));
        var last = await _bench.StoreRunAsync();
        var store = _bench.Store("one");

        List<string> claimed = [];
        for (var i = 0; i < 3; i++)
        {
            claimed.AddRange((await store.ClaimAsync(QueueBench.Workflow, ClaimRoom.For(1), Cancellation)).Messages.Select(message => message.MessageId));
        }

        claimed.Should().Equal(MessageOf(first), MessageOf(delayed), MessageOf(last));
    }

    [Fact]
    public async Task What_is_ready_or_was_taken_once_is_ready_whatever_the_clock_says()
    {
        await _bench.StoreRunsAsync(2);
        await _bench.RunAsync("UPDATE queue_messages SET due_at = @due_at WHERE message_key = 2", ("due_at", _bench.Clock.GetUtcNow()));
        var taken = await _bench.Store("dead").ClaimAsync(QueueBench.Workflow, ClaimRoom.For(2), Cancellation);
        await _bench.RunAsync("UPDATE queue_messages SET lease_ends_at = 0");

        _bench.Clock.SetBack(TimeSpan.FromHours(1));

        taken.Messages.Should().HaveCount(2);
        (await _bench.CountClaimableAsync("one")).Should().Be(2);
    }

    [Fact]
    public async Task Each_claim_counts_an_attempt_and_has_a_token_of_its_own()
    {
        await _bench.StoreRunAsync();
        var first = await _bench.ClaimOneAsync("one");
        await _bench.Turns.WriteAsync(await _bench.TurnAsync(first, MessageFate.Release), Cancellation);

        var second = await _bench.ClaimOneAsync("two");

        (first.Attempt, second.Attempt).Should().Be((1, 2));
        second.LeaseToken.Should().NotBe(first.LeaseToken);
        second.Failures.Should().Be(0);
    }

    private async Task BringForwardAsync(string runId, int milliseconds) => await _bench.RunAsync(
        "UPDATE queue_messages SET due_at = due_at - @by WHERE message_id = @id",
        ("by", milliseconds),
        ("id", MessageOf(runId)));

    private static string MessageOf(string runId) => TursoWorld.Ids.IdGenerator.MessageIdOf(runId);
}
