using FluentAssertions;
using TursoWorld.Abstractions;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class ParkTests : IAsyncLifetime
{
    private readonly QueueBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _bench.InitializeAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_wake_between_look_and_park_makes_the_message_due_at_once()
    {
        var message = await HookedAsync();
        await _bench.Commands("other").ResumeHookAsync("token", null, Cancellation);

        var reply = await ParkAsync(message);

        reply.ParkedUntil.Should().Be(_bench.Clock.GetUtcNow());
        var again = await _bench.ClaimOneAsync("two");
        again.Wakes.Should().Be(message.Wakes + 1);
    }

    [Fact]
    public async Task A_message_parked_without_a_time_is_nobodys_until_it_is_woken()
    {
        var message = await HookedAsync();

        var reply = await ParkAsync(message);

        reply.ParkedUntil.Should().BeNull();
        (await _bench.CountClaimableAsync("two")).Should().Be(0);
        await _bench.Commands("other").ResumeHookAsync("token", null, Cancellation);
        (await _bench.CountClaimableAsync("two")).Should().Be(1);
    }

    [Fact]
    public async Task A_wake_brings_forward_what_was_parked_until_later()
    {
        var message = await HookedAsync();
        await ParkAsync(message, _bench.Clock.GetUtcNow().AddHours(1));
        (await _bench.CountClaimableAsync("two")).Should().Be(0);

        await _bench.Commands("other").ResumeHookAsync("token", null, Cancellation);

        (await _bench.CountClaimableAsync("two")).Should().Be(1);
    }

    [Fact]
    public async Task A_wake_never_puts_off_what_is_due_earlier()
    {
        var message = await HookedAsync();
        var dueAt = _bench.Clock.GetUtcNow().AddSeconds(1);
        await ParkAsync(message, dueAt);
        _bench.Clock.Advance(TimeSpan.FromSeconds(5));

        await _bench.Commands("other").ResumeHookAsync("token", null, Cancellation);

        (await _bench.NumberAsync("SELECT due_at + 60000000000000 FROM queue_messages"))
            .Should().Be(dueAt.ToUnixTimeMilliseconds(), "it is ready since then");
    }

    [Fact]
    public async Task A_held_message_that_was_woken_is_found_until_its_holder_has_seen_the_wake()
    {
        var message = await HookedAsync();
        var store = _bench.Store("one");
        (await store.FindWokenAsync([new(message, message.Wakes)], Cancellation)).Should().BeEmpty();

        await _bench.Commands("other").ResumeHookAsync("token", null, Cancellation);

        (await store.FindWokenAsync([new(message, message.Wakes)], Cancellation)).Should().Equal(message.RunKey);
        (await store.FindWokenAsync([new(message, message.Wakes + 1)], Cancellation)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_hook_whose_token_is_taken_makes_the_message_due_at_once()
    {
        await HookedAsync();
        await _bench.StoreRunAsync();
        var message = await _bench.ClaimOneAsync("one");
        var turn = await _bench.TurnAsync(message, MessageFate.Park, _bench.Started(), _bench.Hooked("token", 3));

        var reply = await _bench.Turns.WriteAsync(turn, Cancellation);

        reply.ParkedUntil.Should().Be(_bench.Clock.GetUtcNow());
        reply.Events[^1].Should().BeOfType<WorkflowEvent.HookConflict>();
    }

    /// <summary>A claimed run that has a hook and is not parked.</summary>
    private async Task<ClaimedMessage> HookedAsync()
    {
        await _bench.StoreRunAsync();
        var message = await _bench.ClaimOneAsync("one");
        var turn = await _bench.TurnAsync(message, MessageFate.Keep, _bench.Started(), _bench.Hooked("token", 3));
        (await _bench.Turns.WriteAsync(turn, Cancellation)).Outcome.Should().Be(TurnOutcome.Written);
        return message;
    }

    private async Task<TurnReply> ParkAsync(ClaimedMessage message, DateTimeOffset? dueAt = null) =>
        await _bench.Turns.WriteAsync(
            await _bench.TurnAsync(message, MessageFate.Park) with { DueAt = dueAt }, Cancellation);
}
