using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class TurnPlanTests
{
    private static readonly DateTimeOffset Noon = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly StepOutcome Done = new StepOutcome.Completed(null);

    [Fact]
    public void The_start_and_what_the_code_asks_for_are_one_turn()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.Default), Noon);

        var turn = run.Start(Noon)!;

        turn.Events.Should().SatisfyRespectively(
            first => first.Should().BeOfType<WorkflowEvent.RunStarted>(),
            second => second.Should().BeOfType<WorkflowEvent.StepCreated>());
        turn.Events.Select(next => next.Position).Should().Equal(2, 3);
        turn.ExpectedPosition.Should().Be(1);
        turn.Fate.Should().Be(MessageFate.Keep);
    }

    [Fact]
    public void The_last_result_and_the_end_of_the_run_are_one_turn()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.Default), Noon);
        run.Start(Noon);

        var turn = run.End(Noon, "step_1", Done)!;

        turn.Events.Should().SatisfyRespectively(
            first => first.Should().BeOfType<WorkflowEvent.StepCompleted>(),
            second => second.Should().BeOfType<WorkflowEvent.RunCompleted>());
        run.Engine.IsOver.Should().BeTrue();
    }

    [Fact]
    public void Instants_are_whole_milliseconds_and_never_go_back()
    {
        List<DateTimeOffset> seen = [];
        var code = Features.Code(async (flow, _) =>
        {
            seen.Add(flow.Now);
            await Features.Step(flow, "a");
            seen.Add(flow.Now);
            return "";
        });
        var run = new ScriptedTurns(code, Noon.AddMilliseconds(5));
        run.Start(Noon.AddTicks(99_999)); // 9.9999 ms

        run.End(Noon, "step_1", Done);

        seen.Should().Equal(Noon.AddMilliseconds(9), Noon.AddMilliseconds(9));
        run.Log.Select(next => next.CreatedAt).Should().BeInAscendingOrder()
            .And.OnlyContain(instant => instant.Ticks % TimeSpan.TicksPerMillisecond == 0);
    }

    [Fact]
    public void A_sleep_is_due_at_the_next_whole_millisecond_and_not_before()
    {
        var run = new ScriptedTurns(Sleeps(TimeSpan.FromTicks(1)), Noon);

        run.Start(Noon)!.DueAt.Should().Be(Noon.AddMilliseconds(1));

        run.Take(Noon.AddTicks(9_999), plan => plan.AddDueWaits())!.Events.Should().BeEmpty();
        run.Take(Noon.AddMilliseconds(1), plan => plan.AddDueWaits());
        run.Engine.IsOver.Should().BeTrue();
        run.Engine.Now.Should().Be(Noon.AddMilliseconds(1));
    }

    [Fact]
    public void Waits_end_the_earliest_first_each_after_its_time()
    {
        List<string> order = [];
        var code = Features.Code(async (flow, _) =>
        {
            await Task.WhenAll(Sleep(3), Sleep(1), Sleep(2));
            return "";

            async Task Sleep(int seconds)
            {
                await flow.SleepAsync(TimeSpan.FromSeconds(seconds));
                order.Add($"{seconds}");
            }
        });
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon)!.DueAt.Should().Be(Noon.AddSeconds(1));

        run.Take(Noon.AddSeconds(9), plan => plan.AddDueWaits());

        order.Should().Equal("1", "2", "3");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void A_sleep_of_no_time_goes_on_at_once(int seconds)
    {
        var run = new ScriptedTurns(Sleeps(TimeSpan.FromSeconds(seconds)), Noon);
        run.Start(Noon);

        run.Take(Noon, plan => plan.AddDueWaits());

        run.Engine.IsOver.Should().BeTrue();
        run.Engine.Now.Should().Be(Noon);
    }

    [Fact]
    public void The_longest_sleep_ends_when_time_ends()
    {
        var run = new ScriptedTurns(Sleeps(TimeSpan.MaxValue), Noon);

        run.Start(Noon)!.DueAt.Should().BeAfter(DateTimeOffset.MaxValue.AddSeconds(-1));
    }

    [Fact]
    public void A_failed_attempt_is_due_again_after_the_delay_of_its_policy()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.Fixed(2, TimeSpan.FromSeconds(7))), Noon);
        run.Start(Noon);

        var turn = run.End(Noon, "step_1", Failed())!;

        turn.DueAt.Should().Be(Noon.AddSeconds(7));
        turn.Fate.Should().Be(MessageFate.Park);
        run.BeginDue(Noon.AddSeconds(6.9))!.Events.Should().BeEmpty();
        run.BeginDue(Noon.AddSeconds(7))!.Events.Should().ContainSingle()
            .Which.Should().BeOfType<WorkflowEvent.StepStarted>().Which.Attempt.Should().Be(2);
    }

    [Fact]
    public void The_last_attempt_fails_the_step()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.None), Noon);
        run.Start(Noon);

        run.End(Noon, "step_1", Failed());

        run.Log.Should().ContainSingle(next => next is WorkflowEvent.StepFailed);
        run.Engine.IsOver.Should().BeTrue();
    }

    [Fact]
    public void A_fatal_failure_is_not_tried_again()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.Default), Noon);
        run.Start(Noon);

        run.End(Noon, "step_1", Failed(isFatal: true));

        run.Log.Should().ContainSingle(next => next is WorkflowEvent.StepFailed);
    }

    [Fact]
    public void A_delay_that_the_step_asks_for_wins()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.Fixed(2, TimeSpan.FromSeconds(7))), Noon);
        run.Start(Noon);

        run.End(Noon, "step_1", Failed(retryAfter: TimeSpan.FromHours(1)))!.DueAt.Should().Be(Noon.AddHours(1));
    }

    [Fact]
    public void An_attempt_that_is_given_back_does_not_count()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.None), Noon);
        run.Start(Noon);

        run.End(Noon, "step_1", new StepOutcome.GivenBack());

        run.BeginDue(Noon)!.Events.Should().ContainSingle()
            .Which.Should().BeOfType<WorkflowEvent.StepStarted>().Which.Attempt.Should().Be(1);
    }

    [Fact]
    public void An_interrupted_attempt_does_not_count_for_the_policy_and_waits_for_its_delay()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.Fixed(2, TimeSpan.FromSeconds(7))), Noon);
        run.Start(Noon);

        run.Interrupt(Noon)!.DueAt.Should().Be(Noon.AddSeconds(7));
        run.BeginDue(Noon.AddSeconds(7))!.Events.Should().ContainSingle()
            .Which.Should().BeOfType<WorkflowEvent.StepStarted>().Which.Attempt.Should().Be(2);
        run.End(Noon.AddSeconds(7), "step_1", Failed(), attempt: 2);

        run.Log.OfType<WorkflowEvent.StepRetrying>().Should().HaveCount(2, "of the two attempts that count, one is left")
            .And.SatisfyRespectively(
                first => first.Error!.Code.Should().Be(ErrorCodes.StepInterrupted),
                second => second.Error!.Code.Should().NotBe(ErrorCodes.StepInterrupted));
    }

    [Fact]
    public void A_step_that_is_interrupted_too_often_fails()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.Fixed(2, TimeSpan.Zero)), Noon);
        run.Start(Noon);

        for (var i = 1; i < Interruption.Most; i++)
        {
            run.Interrupt(Noon);
            run.BeginDue(Noon);
        }

        run.Log.OfType<WorkflowEvent.StepFailed>().Should().BeEmpty();
        run.Interrupt(Noon);

        run.Log.OfType<WorkflowEvent.StepStarted>().Should().HaveCount(Interruption.Most - 1);
        run.Log.OfType<WorkflowEvent.StepFailed>().Should().ContainSingle()
            .Which.Error.Code.Should().Be(ErrorCodes.StepInterrupted);
    }

    [Fact]
    public void A_step_that_is_to_be_tried_once_fails_with_the_first_interruption()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.None), Noon);
        run.Start(Noon);

        run.Interrupt(Noon);

        run.Log.OfType<WorkflowEvent.StepFailed>().Should().ContainSingle()
            .Which.Error.Code.Should().Be(ErrorCodes.StepInterrupted);
    }

    [Fact]
    public void The_end_of_an_attempt_that_the_log_has_passed_is_ignored()
    {
        var run = new ScriptedTurns(Steps(RetryPolicy.Fixed(3, TimeSpan.Zero)), Noon);
        run.Start(Noon);
        run.End(Noon, "step_1", Failed());
        run.BeginDue(Noon);

        run.End(Noon, "step_1", Done, attempt: 1).Should().BeNull("attempt 2 is in flight");

        run.End(Noon, "step_1", Done, attempt: 2)!.Events.Should().HaveCount(2);
        run.End(Noon, "step_1", Done, attempt: 2)!.Events.Should().BeEmpty("the step is over");
    }

    private static WorkflowDefinition<string, string> Steps(RetryPolicy retry) => Features.Code((flow, _) =>
        flow.StepAsync("a", _ => Task.FromResult(""), new() { Retry = retry }));

    private static WorkflowDefinition<string, string> Sleeps(TimeSpan duration) => Features.Code(async (flow, _) =>
    {
        await flow.SleepAsync(duration);
        return "";
    });

    private static StepOutcome.Failed Failed(bool isFatal = false, TimeSpan? retryAfter = null) =>
        new(new StructuredError { Code = ErrorCodes.UserError, Message = "bad" }, isFatal, retryAfter);
}
