using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class ReplayTests
{
    public static TheoryData<string> Names => [.. Features.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_whole_log_ends_the_run(string feature)
    {
        var (code, log) = Features.All[feature];

        var replay = Replay.Given(log).When(code);

        replay.Then();
        replay.Engine.IsOver.Should().BeTrue();
        replay.Engine.Position.Should().Be(log.Events.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void After_every_prefix_of_the_log_the_code_asks_for_what_follows(string feature)
    {
        var (code, log) = Features.All[feature];

        var held = Replay.HeldIn(code, log.Events);
        for (var length = 1; length <= log.Events.Count; length++)
        {
            var asked = Replay.Describe(Replay.Given(log.Events.Take(length)).When(code, held).Engine).ToList();

            var follows = log.Events.Skip(length).Select(Replay.Describe).OfType<string>().Take(asked.Count);
            asked.Should().Equal(follows, "that is what was recorded behind position {0}", length);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_ran_live_and_what_replays_ask_for_the_same(string feature)
    {
        var (code, log) = Features.All[feature];
        var held = Replay.HeldIn(code, log.Events);
        var live = Replay.NewEngine(code, held: held);

        foreach (var next in log.Events)
        {
            live.Deliver(next);
            var replayed = Replay.Given(log.Events.Take((int)next.Position)).When(code, held).Engine;

            Replay.Describe(replayed).Should().Equal(Replay.Describe(live));
            replayed.Now.Should().Be(live.Now);
            replayed.NextDue.Should().Be(live.NextDue);
            replayed.IsInFlight.Should().Be(live.IsInFlight);
            replayed.Open.Steps.Select(step => (step.StepId, step.Attempt, step.RetryAfter))
                .Should().Equal(live.Open.Steps.Select(step => (step.StepId, step.Attempt, step.RetryAfter)));
        }
    }

    [Fact]
    public void Nothing_runs_before_the_run_has_started()
    {
        var code = Features.Code((flow, _) => Features.Step(flow, "a"));

        Replay.Given(History.Created()).When(code).Then();
    }

    [Fact]
    public void The_commands_come_in_the_order_in_which_the_code_asks()
    {
        var code = Features.Code(async (flow, _) =>
        {
            var step = Features.Step(flow, "a");
            var sleep = flow.SleepAsync(TimeSpan.FromSeconds(3));
            var hook = flow.HookAsync<string>("token");
            await Task.WhenAll(step, sleep, hook);
            return "";
        });

        Replay.Given(History.Started()).When(code).Then("step_1 a", "wait_2 5", "hook_3 token");
    }

    [Fact]
    public void Commands_may_be_recorded_behind_what_came_from_outside_meanwhile()
    {
        var code = Features.Code(async (flow, _) =>
        {
            var hook = flow.HookAsync<string>("token");
            var steps = await Features.Step(flow, await Features.Step(flow, "a"));
            return steps + await hook;
        });
        var begun = () => History.Started().Hook(1, "token").Step(2, "a");

        ShouldEnd(begun().Completes(2, "b").Step(3, "b").Receives(1, "hook").Completes(3, "c"));
        ShouldEnd(begun().Completes(2, "b").Receives(1, "hook").Step(3, "b").Completes(3, "c"));
        ShouldEnd(begun().Receives(1, "hook").Completes(2, "b").Step(3, "b").Completes(3, "c"));

        void ShouldEnd(History history) => Replay.Given(history).When(code).ThenEnds("chook");
    }

    [Fact]
    public void A_suspension_is_invisible_to_catch_and_finally()
    {
        List<string> seen = [];
        var code = Features.Code(async (flow, _) =>
        {
            try
            {
                return await Features.Step(flow, "a");
            }
            catch (Exception exception)
            {
                seen.Add(exception.Message);
                throw;
            }
            finally
            {
                seen.Add("finally");
            }
        });

        var replay = Replay.Given(History.Started().Step(1, "a")).When(code);

        seen.Should().BeEmpty();
        replay.Engine.Deliver(new WorkflowEvent.StepCompleted("step_1", null)
        { Position = 4, CreatedAt = History.At(4) });
        seen.Should().Equal("finally");
    }

    [Fact]
    public void The_clock_of_the_code_is_the_time_of_the_last_result()
    {
        List<DateTimeOffset> seen = [];
        var code = Features.Code(async (flow, _) =>
        {
            seen.Add(flow.Now);
            await Features.Step(flow, "a");
            seen.Add(flow.Now);
            await flow.SleepAsync(TimeSpan.FromMicroseconds(1));
            seen.Add(flow.Now);
            return "";
        });

        Replay.Given(History.Started().Step(1, "a").Completes(1, null).Wait(2, 5).Wakes(2)).When(code);

        seen.Should().Equal(History.At(2), History.At(4), History.At(6));
    }

    [Fact]
    public void An_event_out_of_turn_is_refused()
    {
        var engine = Replay.NewEngine(Features.Code((_, _) => Task.FromResult("")));

        var deliver = () => engine.Deliver(new WorkflowEvent.RunStarted { Position = 2, CreatedAt = History.At(2) });

        deliver.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_result_of_another_type_stops_the_code_with_the_name_of_the_step()
    {
        var code = Features.Code(async (flow, _) => $"{await flow.StepAsync("count", _ => Task.FromResult(1))}");

        var replay = Replay.Given(History.Started().Step(1, "count").Completes(1, "no number")).When(code);

        Replay.Describe(replay.Engine).Should().BeEmpty();
        replay.Engine.Recorded.Unreadable!.Message.Should().Contain("'count'").And.Contain("System.Int32");
    }
}
