using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class ScopeTests
{
    private static readonly DateTimeOffset Noon = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly StepOutcome Done = new StepOutcome.Completed(null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void What_the_log_had_first_may_lie_between_a_command_and_its_cancellation()
    {
        // The payload came before the step that had been decided on was written.
        var code = ScopeFeatures.CancelAfterHook(async flow =>
        {
            await Features.Step(flow, "a");
            await Features.Step(flow, "b");
        });
        var log = History.Started().Step(1, "a").Hook(2, "token").Completes(1, "").Receives(2, "go");

        Replay.Given(log).When(code).Then("step_3 b", "cancel step_3", "step_4 next");

        Replay.Given(log.Step(3, "b").CancelsStep(3)).When(code).Then("step_4 next");
    }

    [Fact]
    public void A_cancellation_that_the_log_does_not_have_is_refused()
    {
        var log = History.Started().Step(1, "a").CancelsStep(1);

        var replay = () => Replay.Given(log).When(Features.Code((flow, _) => Features.Step(flow, "a")));

        replay.Should().Throw<NondeterminismException>().Which.Recorded.Should().Be("the cancellation of step_1");
    }

    [Fact]
    public void A_cancellation_that_the_code_does_not_ask_for_any_more_is_refused()
    {
        var log = History.Started().Step(1, "a").Hook(2, "token").Receives(2, "go").Step(3, "next");

        var replay = () => Replay.Given(log).When(ScopeFeatures.CancelAfterHook(flow => Features.Step(flow, "a")));

        replay.Should().Throw<NondeterminismException>().Which.Requested.Should().Be("the cancellation of step_1");
    }

    [Fact]
    public void A_run_whose_last_step_is_cancelled_parks_and_nothing_wakes_it_by_itself()
    {
        var code = Features.Code((flow, _) => flow.ScopeAsync(async scope =>
        {
            Task[] begun = [Features.Step(flow, "a"), flow.SleepAsync(TimeSpan.FromHours(1))];
            scope.Cancel();
            await Task.WhenAll(begun.Select(ScopeFeatures.WordAsync));
            return await flow.ShieldAsync(() => flow.HookAsync<string>("token"));
        }));
        var run = new ScriptedTurns(code, Noon);

        var turn = run.Start(Noon)!;

        turn.Fate.Should().Be(MessageFate.Park);
        turn.DueAt.Should().BeNull();
        run.Engine.NextDue.Should().BeNull();
        run.Engine.Open.Steps.Should().BeEmpty();
    }

    [Fact]
    public void What_a_cancelled_step_does_is_not_recorded()
    {
        var code = Features.Code((flow, _) => flow.ScopeAsync(async scope =>
        {
            var slow = Features.Step(flow, "slow");
            await Features.Step(flow, "quick");
            scope.Cancel();
            await ScopeFeatures.WordAsync(slow);
            return await flow.ShieldAsync(() => Features.Step(flow, "last"));
        }));
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon);

        // Both have ended by the time of one turn; the code hears of the quick one first.
        run.Take(Noon, plan =>
        {
            plan.AddEnded(new EndedStep("step_2", 1, Done));
            plan.AddEnded(new EndedStep("step_1", 1, Done));
            plan.AddInterruption(new StepRequest("step_1", "slow", new StepBody.Plain(_ => null!), StepOptions.Default, RetryPolicy.Default));
        });

        run.End(Noon, "step_1", Done).Should().BeNull("it is void, and the last step executes");
        run.Log.OfType<WorkflowEvent.StepCompleted>().Should().ContainSingle().Which.StepId.Should().Be("step_2");
        run.Log.OfType<WorkflowEvent.StepStarted>().Should().BeEmpty();
    }

    [Fact]
    public void Of_two_sleeps_that_are_due_at_once_the_first_may_cancel_the_second()
    {
        var code = Features.Code((flow, _) => flow.ScopeAsync(async scope =>
        {
            var second = ScopeFeatures.WordAsync(flow.SleepAsync(TimeSpan.FromSeconds(2)));
            await flow.SleepAsync(TimeSpan.FromSeconds(1));
            scope.Cancel();
            return await second;
        }));
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon);

        run.Take(Noon.AddSeconds(5), plan => plan.AddDueWaits());

        run.Log.OfType<WorkflowEvent.WaitCompleted>().Should().ContainSingle();
        run.Log[^2].Should().BeOfType<WorkflowEvent.WaitCancelled>().Which.WaitId.Should().Be("wait_1");
        run.Engine.IsOver.Should().BeTrue();
    }

    [Fact]
    public void What_is_cancelled_behind_the_end_of_the_run_is_left_to_the_end()
    {
        var code = Features.Code(async (flow, _) =>
        {
            var last = Features.Step(flow, "last");
            var forgotten = ForgottenAsync();
            return forgotten.IsCompleted ? "" : await last;

            Task ForgottenAsync() => flow.ScopeAsync(async scope =>
            {
                var hook = flow.HookAsync<string>("token");
                await last;
                await Task.Yield();
                await Task.Yield();
                await Task.Yield();
                await Task.Yield();
                scope.Cancel();
                await hook;
            });
        });
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon);

        var turn = run.End(Noon, "step_1", Done)!;

        turn.Events[^1].Should().BeOfType<WorkflowEvent.RunCompleted>();
        turn.Leftovers.Should().HaveFlag(RunLeftovers.Hooks);
    }

    [Fact]
    public async Task A_scope_that_is_cancelled_from_outside_refuses()
    {
        CancellationScope? kept = null;
        var code = Features.Code((flow, _) => flow.ScopeAsync(scope =>
        {
            kept = scope;
            return flow.HookAsync<string>("token");
        }));
        var replay = Replay.Given(History.Started()).When(code);

        var cancel = () => Task.Run(() => kept!.Cancel(), Cancellation);
        var later = () => Task.Run(() => kept!.CancelAfter(TimeSpan.Zero), Cancellation);

        (await cancel.Should().ThrowAsync<InvalidOperationException>()).WithMessage("*outside its code*");
        await later.Should().ThrowAsync<InvalidOperationException>();
        kept!.IsCancelled.Should().BeFalse();
        replay.Then("hook_1 token");
    }

    [Fact]
    public void Negative_times_and_no_parallelism_are_refused()
    {
        var code = Features.Code(async (flow, _) =>
        {
            List<string> refused = [];
            foreach (var call in new Func<Task>[]
            {
                () => flow.WithTimeoutAsync(TimeSpan.FromTicks(-1), () => Task.FromResult(1)),
                () => flow.ForEachAsync([1], 0, Task.FromResult),
                () => flow.ScopeAsync(scope =>
                {
                    scope.CancelAfter(TimeSpan.FromSeconds(-2));
                    return Task.FromResult(1);
                }),
            })
            {
                try
                {
                    await call();
                }
                catch (ArgumentOutOfRangeException exception)
                {
                    refused.Add(exception.ParamName!);
                }
            }

            return string.Join(' ', refused);
        });

        Replay.Given(History.Started()).When(code).ThenEnds("timeout maxParallel delay");
    }

    [Fact]
    public void Neither_a_timeout_that_is_not_needed_nor_an_infinite_one_asks_for_a_timer()
    {
        var code = Features.Code(async (flow, _) =>
            await flow.WithTimeoutAsync(TimeSpan.FromSeconds(1), () => Task.FromResult("now "))
            + await flow.WithTimeoutAsync(Timeout.InfiniteTimeSpan, () => Features.Step(flow, "a")));

        Replay.Given(History.Started()).When(code).Then("step_1 a");
    }

    [Fact]
    public void Another_time_takes_the_place_of_the_first()
    {
        var code = Features.Code((flow, _) => flow.ScopeAsync(scope =>
        {
            scope.CancelAfter(TimeSpan.FromSeconds(10));
            scope.CancelAfter(TimeSpan.FromSeconds(20));
            return flow.HookAsync<string>("token");
        }));

        Replay.Given(History.Started()).When(code).Then("wait_1 12", "cancel wait_1", "wait_2 22", "hook_3 token");
    }

    [Fact]
    public void What_unwinding_code_throws_is_not_lost()
    {
        var code = Features.Code((flow, _) => flow.WithTimeoutAsync(TimeSpan.FromSeconds(60), async () =>
        {
            try
            {
                return await Features.Step(flow, "a");
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException("no undoing");
            }
        }));
        var replay = Replay.Given(History.Started().Step(1, "a").Wait(2, 62).Wakes(2)).When(code);

        replay.Engine.Commands.OfType<Command.FailRun>().Should().ContainSingle()
            .Which.Error.Should().Match<StructuredError>(error =>
                error.Code == ErrorCodes.WorkflowTimeout && error.Cause!.Message == "no undoing");
    }

    [Fact]
    public void Tens_of_thousands_of_sleeps_and_items_take_linear_time()
    {
        const int Count = 30_000;
        var code = Features.Code(async (flow, _) =>
        {
            await Task.WhenAll(Enumerable.Range(0, Count).Select(i => flow.SleepAsync(TimeSpan.FromMilliseconds(1 + i))));
            var sums = await flow.ForEachAsync(Enumerable.Range(0, Count), 100, async item =>
            {
                await flow.WithTimeoutAsync(TimeSpan.FromDays(1), () => Features.Step(flow, "item"));
                return (long)item;
            });
            return $"{sums.Sum()}";
        });
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon);
        for (var i = 1; i <= Count; i++)
        {
            run.Take(Noon.AddMilliseconds(i), plan => plan.AddDueWaits());
        }

        while (run.Engine.Open.Steps.FirstOrDefault() is { } step)
        {
            run.End(Noon, step.StepId, Done);
        }

        run.Engine.End.Should().BeOfType<WorkflowEvent.RunCompleted>();
        run.Log.OfType<WorkflowEvent.WaitCancelled>().Should().HaveCount(Count);
    }
}
