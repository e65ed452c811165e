using FluentAssertions;
using TursoWorld.Abstractions;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class FencingTests : IAsyncLifetime
{
    private readonly QueueBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _bench.InitializeAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_turn_with_a_stale_token_is_refused_and_writes_nothing()
    {
        var stale = await TakenOverAsync();
        var before = await FingerprintAsync();

        var reply = await _bench.Turns.WriteAsync(
            await _bench.TurnAsync(stale, MessageFate.Park, _bench.Started()), Cancellation);

        reply.Outcome.Should().Be(TurnOutcome.LeaseLost);
        (await FingerprintAsync()).Should().Be(before);
    }

    [Fact]
    public async Task The_end_of_a_run_is_refused_once_another_worker_has_it()
    {
        var stale = await TakenOverAsync();
        var before = await FingerprintAsync();
        var end = new WorkflowEvent.RunCompleted(null) { Position = 2, CreatedAt = _bench.Clock.GetUtcNow() };

        var reply = await _bench.Turns.WriteAsync(await _bench.TurnAsync(stale, MessageFate.Keep, end), Cancellation);

        reply.Outcome.Should().Be(TurnOutcome.LeaseLost);
        (await FingerprintAsync()).Should().Be(before);
    }

    [Fact]
    public async Task A_transactional_step_of_a_run_that_another_worker_has_does_not_even_begin()
    {
        var stale = await TakenOverAsync();
        var before = await FingerprintAsync();
        var began = false;

        var reply = await _bench.Turns.TransactAsync(
            stale,
            new StepPlace("step_1", 3),
            (_, _) =>
            {
                began = true;
                var completed = new WorkflowEvent.StepCompleted("step_1", null) { Position = 0, CreatedAt = default };
                return Task.FromResult(completed);
            },
            Cancellation);

        reply.Outcome.Should().Be(TurnOutcome.LeaseLost);
        began.Should().BeFalse();
        (await FingerprintAsync()).Should().Be(before);
    }

    [Fact]
    public async Task A_transactional_step_that_the_code_has_given_up_does_not_even_begin()
    {
        await _bench.StoreRunAsync();
        var message = await _bench.ClaimOneAsync("one");
        var now = _bench.Clock.GetUtcNow();
        await _bench.Turns.WriteAsync(
            await _bench.TurnAsync(
                message,
                MessageFate.Keep,
                _bench.Started(),
                new WorkflowEvent.StepCreated("step_1", "step") { Position = 3, CreatedAt = now },
                new WorkflowEvent.StepCancelled("step_1") { Position = 4, CreatedAt = now }),
            Cancellation);
        var before = await FingerprintAsync();
        var began = false;

        var reply = await _bench.Turns.TransactAsync(
            message,
            new StepPlace("step_1", 3),
            (_, _) =>
            {
                began = true;
                var completed = new WorkflowEvent.StepCompleted("step_1", null) { Position = 0, CreatedAt = now };
                return Task.FromResult(completed);
            },
            Cancellation);

        reply.Outcome.Should().Be(TurnOutcome.StepOver);
        began.Should().BeFalse();
        (await FingerprintAsync()).Should().Be(before);
    }

    [Fact]
    public async Task A_failed_delivery_does_not_touch_the_claim_of_another_worker()
    {
        var stale = await TakenOverAsync();
        var before = await FingerprintAsync();

        await _bench.Turns.FailDeliveryAsync(stale, "blocked", Cancellation);

        (await FingerprintAsync()).Should().Be(before);
    }

    [Fact]
    public async Task A_turn_whose_log_has_moved_is_refused_and_writes_nothing()
    {
        await _bench.StoreRunAsync();
        var message = await _bench.ClaimOneAsync("one");
        var first = await _bench.TurnAsync(message, MessageFate.Keep, _bench.Started());
        await _bench.Turns.WriteAsync(first, Cancellation);
        var before = await FingerprintAsync();
        var late = await _bench.TurnAsync(message, MessageFate.Keep, _bench.Started(), _bench.Hooked("token", 3));

        var reply = await _bench.Turns.WriteAsync(late with { ExpectedPosition = 1 }, Cancellation);

        reply.Outcome.Should().Be(TurnOutcome.Moved);
        (await FingerprintAsync()).Should().Be(before);
    }

    [Fact]
    public async Task A_run_that_is_over_takes_no_turn()
    {
        await _bench.StoreRunAsync();
        var message = await _bench.ClaimOneAsync("one");
        var end = new WorkflowEvent.RunCompleted(null) { Position = 2, CreatedAt = _bench.Clock.GetUtcNow() };
        await _bench.RunAsync("UPDATE workflow_runs SET status = 'cancelled', ended_position = 1");
        await _bench.RunAsync("DELETE FROM queue_messages");

        var reply = await _bench.Turns.WriteAsync(await _bench.TurnAsync(message, MessageFate.Keep, end), Cancellation);

        reply.Outcome.Should().Be(TurnOutcome.RunInactive);
        (await _bench.NumberAsync("SELECT count(*) FROM workflow_events")).Should().Be(1);
    }

    [Fact]
    public async Task The_end_of_a_run_leaves_no_message()
    {
        await _bench.StoreRunAsync();
        var message = await _bench.ClaimOneAsync("one");
        var end = new WorkflowEvent.RunCompleted(null) { Position = 2, CreatedAt = _bench.Clock.GetUtcNow() };

        await _bench.Turns.WriteAsync(await _bench.TurnAsync(message, MessageFate.Keep, end), Cancellation);

        (await _bench.NumberAsync("SELECT count(*) FROM queue_messages")).Should().Be(0);
    }

    /// <returns>A claim that worker one believes in, while worker two has the message.</returns>
    private async Task<ClaimedMessage> TakenOverAsync()
    {
        await _bench.StoreRunAsync();
        var stale = await _bench.ClaimOneAsync("one");
        await _bench.RunAsync("UPDATE queue_messages SET lease_ends_at = 0");
        await _bench.ClaimOneAsync("two");
        return stale;
    }

    private async Task<string> FingerprintAsync() => (await _bench.RunAsync("""
        SELECT (SELECT group_concat(m.due_at || m.lease_ends_at || m.lease_owner || m.lease_token || m.failures)
                FROM queue_messages AS m)
            || (SELECT group_concat(e.position || e.event_type) FROM workflow_events AS e)
            || (SELECT group_concat(r.status || coalesce(r.blocked_reason, '-')) FROM workflow_runs AS r)
            || (SELECT count(*) FROM workflow_hooks)
        """))[0].Text(0);
}
