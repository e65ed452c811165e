using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A workflow that awaits what is not in its log cannot be replayed: it stops, and says so.</summary>
public abstract class ForeignAwaitConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_foreign_task_beside_a_step_blocks_the_run_once_the_step_is_recorded()
    {
        var foreign = new TaskCompletionSource<string>();
        var hold = new Hold();
        var workflow = Workflow.Define<string, string>("beside", async (flow, _) =>
        {
            var step = flow.StepAsync("a", _ => hold.PassAsync());
            await foreign.Task;
            await step;
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        foreign.SetResult("from elsewhere");
        hold.Release();

        await ShouldBlockAsync(transitions, run);
        (await world.LogAsync(run.RunId)).Should().ContainSingle(next => next is WorkflowEvent.StepCompleted);
    }

    [Fact]
    public async Task What_a_step_did_before_a_foreign_await_is_recorded_and_never_done_again()
    {
        var charges = 0;
        var workflow = Workflow.Define<string, string>("behind", async (flow, _) =>
        {
            await flow.StepAsync("charge", _ => Task.FromResult(Interlocked.Increment(ref charges)));
            await new TaskCompletionSource().Task;
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await ShouldBlockAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(2));
        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId); // taken up again, and blocked again

        charges.Should().Be(1);
        (await world.LogAsync(run.RunId)).Select(next => next.GetType().Name).Should().Equal(
            "RunCreated", "RunStarted", "StepCreated", "StepCompleted");
    }

    [Fact]
    public async Task A_child_that_was_given_up_before_it_began_is_nothing_to_wait_for()
    {
        var child = Workflow.Define<string, string>("child", (_, _) => Task.FromResult(""));
        var workflow = Workflow.Define<string, string>("given-up", async (flow, _) =>
        {
            await flow.ScopeAsync(scope =>
            {
                flow.StartChild(child, "");
                scope.Cancel();
                return Task.CompletedTask;
            });
            await new TaskCompletionSource().Task;
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await ShouldBlockAsync(transitions, run);
    }

    private static async Task ShouldBlockAsync(Transitions transitions, RunHandle run)
    {
        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        var row = await run.GetAsync(Limit);
        row.Status.Should().Be(RunStatus.Running);
        row.BlockedReason.Should().Contain("not in its log");
    }
}
