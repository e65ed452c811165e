using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A workflow that awaits what is not in its log cannot be replayed: it stops, and says so.</summary>
public abstract class ForeignAwaitConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_foreign_task_beside_a_step_blocks_the_run()
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

        await ShouldBlockAsync(transitions, run);
        hold.Release();
    }

    private static async Task ShouldBlockAsync(Transitions transitions, RunHandle run)
    {
        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        var row = await run.GetAsync(Limit);
        row.Status.Should().Be(RunStatus.Running);
        row.BlockedReason.Should().Contain("not in its log");
    }
}
