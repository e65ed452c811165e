using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

/// <summary>What a turn makes of queued steps: it asks for them, and leaves them to others.</summary>
public sealed class QueuedTurnTests
{
    private static readonly DateTimeOffset Noon = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_run_parks_without_a_timer_while_only_queued_steps_are_open()
    {
        var run = new ScriptedTurns(Features.Code((flow, _) => flow.StepAsync(QueuedFeatures.Elsewhere, "in")), Noon);

        var turn = run.Start(Noon)!;

        turn.Events[^1].Should().BeOfType<WorkflowEvent.StepCreated>().Which.Mode.Should().Be(StepMode.Queued);
        (turn.Fate, turn.DueAt).Should().Be((MessageFate.Park, null));
        run.Engine.Open.Steps.Single().Attempt.Should().Be(0);
        run.Engine.Leftovers.Should().HaveFlag(RunLeftovers.StepMessages);
    }

    [Fact]
    public void A_run_parks_when_its_own_steps_have_ended_and_others_are_at_the_queued_ones()
    {
        var code = Features.Code(async (flow, _) => string.Concat(
            await Task.WhenAll(flow.StepAsync(QueuedFeatures.Elsewhere, "in"), Features.Step(flow, "a"))));
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon)!.Fate.Should().Be(MessageFate.Keep);

        var turn = run.End(Noon, "step_2", new StepOutcome.Completed(null))!;

        turn.Fate.Should().Be(MessageFate.Park);
    }

    [Fact]
    public void The_attempts_of_a_queued_step_are_not_the_runs_own()
    {
        var run = new ScriptedTurns(Features.Code((flow, _) => flow.StepAsync(QueuedFeatures.Elsewhere, "in")), Noon);
        run.Start(Noon);
        run.Engine.Deliver(new WorkflowEvent.StepStarted("step_1", 1) { Position = 4, CreatedAt = Noon });
        run.Engine.Deliver(new WorkflowEvent.StepRetrying("step_1", 1, Noon, null) { Position = 5, CreatedAt = Noon });

        var turn = run.BeginDue(Noon.AddHours(1));

        turn!.Events.Should().BeEmpty("whoever has its message begins the next attempt");
        turn.Should().BeEquivalentTo(new { Fate = MessageFate.Park, DueAt = (DateTimeOffset?)null });
    }

    [Fact]
    public void Options_come_out_as_they_went_in()
    {
        var options = new StepOptions
        {
            Mode = StepMode.Queued,
            Retry = RetryPolicy.Exponential(7, TimeSpan.FromTicks(3), TimeSpan.MaxValue, 0.5).NotOn<ArgumentException>().NotOn("A.B"),
            Timeout = TimeSpan.FromDays(30),
            HeartbeatTimeout = TimeSpan.FromTicks(1),
        };

        var read = StoredStepOptions.Read(StoredStepOptions.Write(options, options.Retry!, "a"));

        read.Should().BeEquivalentTo(new { options.Mode, options.Timeout, options.HeartbeatTimeout });
        (read.Retry!.MaxAttempts, read.Retry.Delays).Should().Be((7, options.Retry!.Delays));
        read.Retry.IsFinal(new ArgumentNullException()).Should().BeTrue();
        read.Retry.IsFinal(new TimeoutException()).Should().BeFalse();
    }

    [Theory]
    [InlineData("charge", "__wkf_step_charge")]
    [InlineData("charge#12", "__wkf_step_charge")]
    public void The_queue_of_a_step_has_the_name_of_its_definition(string stepName, string queueName) =>
        StepKey.Of(stepName).QueueName.Should().Be(queueName);
}
