using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class NondeterminismTests
{
    [Fact]
    public void Another_step_is_refused_with_what_is_recorded_and_what_was_asked_for()
    {
        var changed = Features.Code((flow, _) => Features.Step(flow, "b"));

        var refusal = Refusal(History.Started().Step(1, "a"), changed);

        refusal.Position.Should().Be(3);
        refusal.Recorded.Should().Be("step 'a' (step_1)");
        refusal.Requested.Should().Be("step 'b' (step_1)");
        refusal.Message.Should().Contain("position 3").And.Contain(refusal.Recorded).And.Contain(refusal.Requested);
        refusal.Code.Should().Be(ErrorCodes.Nondeterminism);
    }

    [Fact]
    public void A_step_that_is_gone_is_refused()
    {
        var changed = Features.Code((_, _) => Task.FromResult(""));

        var refusal = Refusal(History.Started().Step(1, "a"), changed);

        refusal.Requested.Should().Be("the end of the run");
    }

    [Fact]
    public void Code_that_asks_later_than_recorded_is_refused()
    {
        var changed = Features.Code(async (flow, _) =>
        {
            await Features.Step(flow, "a");
            return await Features.Step(flow, "b");
        });

        var refusal = Refusal(History.Started().Step(1, "a").Step(2, "b"), changed);

        refusal.Position.Should().Be(4);
        refusal.Requested.Should().Be("nothing");
    }

    [Fact]
    public void A_changed_order_is_refused()
    {
        var changed = Features.Code(async (flow, _) =>
            string.Concat(await Task.WhenAll(Features.Step(flow, "b"), Features.Step(flow, "a"))));

        Refusal(History.Started().Step(1, "a").Step(2, "b"), changed).Position.Should().Be(3);
    }

    [Fact]
    public void A_sleep_instead_of_a_step_is_refused()
    {
        var changed = Features.Code(async (flow, _) =>
        {
            await flow.SleepAsync(TimeSpan.FromSeconds(1));
            return "";
        });

        Refusal(History.Started().Step(1, "a"), changed).Requested.Should().Be("a sleep (wait_1)");
    }

    [Fact]
    public void A_step_instead_of_a_sleep_is_refused()
    {
        var changed = Features.Code((flow, _) => Features.Step(flow, "a"));

        Refusal(History.Started().Wait(1, 9), changed).Recorded.Should().Be("a sleep (wait_1)");
    }

    [Fact]
    public void Another_token_is_refused()
    {
        var changed = Features.Code((flow, _) => flow.HookAsync<string>("new"));

        var refusal = Refusal(History.Started().Hook(1, "old"), changed);

        refusal.Recorded.Should().Be("hook 'old' (hook_1)");
        refusal.Requested.Should().Be("hook 'new' (hook_1)");
    }

    [Fact]
    public void A_child_of_another_workflow_is_refused()
    {
        var other = Workflow.Define<string, string>("new", (_, input) => Task.FromResult(input));
        var changed = Features.Code((flow, _) => flow.ChildAsync(other, ""));

        var refusal = Refusal(History.Started().Child(1, "old", heardOf: 2), changed);

        refusal.Recorded.Should().Be("a child of workflow 'old' (child_1)");
        refusal.Requested.Should().Be("a child of workflow 'new' (child_1)");
    }

    [Fact]
    public void A_child_may_be_of_another_version_than_recorded()
    {
        var newer = Workflow.Define<string, string>("child", (_, input) => Task.FromResult(input), version: 2);
        var changed = Features.Code((flow, _) => flow.ChildAsync(newer, ""));

        Replay.Given(History.Started().Child(1, "child", heardOf: 2).ChildCompletes(1, "out")).When(changed).ThenEnds("out");
    }

    [Fact]
    public void The_end_of_a_child_that_is_not_open_is_refused()
    {
        var refusal = Refusal(History.Started().Step(1, "a").ChildCompletes(2, "x"), Features.Code((flow, _) => Features.Step(flow, "a")));

        refusal.Recorded.Should().Be("the end of a child (child_2)");
    }

    [Fact]
    public void A_conflict_about_another_token_is_refused()
    {
        var changed = Features.Code((flow, _) => flow.HookAsync<string>("new"));

        Refusal(History.Started().Conflicts(1, "old"), changed).Position.Should().Be(3);
    }

    [Fact]
    public void The_result_of_a_step_that_is_not_open_is_refused()
    {
        var code = Features.Code((flow, _) => Features.Step(flow, "a"));

        var refusal = Refusal(History.Started().Step(1, "a").Completes(2, "b"), code);

        refusal.Position.Should().Be(4);
        refusal.Recorded.Should().Contain("step_2");
    }

    [Fact]
    public void A_second_result_of_a_step_is_refused()
    {
        var code = Features.Code(async (flow, _) => await Features.Step(flow, "a") + await Features.Step(flow, "b"));

        Refusal(History.Started().Step(1, "a").Completes(1, "x").Completes(1, "x"), code).Position.Should().Be(5);
    }

    [Fact]
    public void The_duration_of_a_recorded_sleep_may_change()
    {
        var changed = Features.Code(async (flow, _) =>
        {
            await flow.SleepAsync(TimeSpan.FromSeconds(1));
            return "";
        });

        var replay = Replay.Given(History.Started().Wait(1, 99)).When(changed);

        replay.Engine.NextDue.Should().Be(History.Start.AddSeconds(99), "what is recorded counts");
    }

    private static NondeterminismException Refusal(History history, WorkflowDefinition changed) =>
        FluentActions.Invoking(() => Replay.Given(history).When(changed))
            .Should().Throw<NondeterminismException>().Which;
}
