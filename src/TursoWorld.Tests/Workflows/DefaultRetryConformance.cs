using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Steps that name no policy are tried as often as their world says.</summary>
public abstract class DefaultRetryConformance(Backend backend) : WorkflowTests(backend)
{
    [Theory]
    [InlineData(StepMode.Inline)]
    [InlineData(StepMode.Queued)]
    public async Task Steps_without_a_policy_have_that_of_the_world(StepMode mode)
    {
        var attempts = 0;
        var step = Step.Define<StepMode, int>("fails", (_, _) => throw new InvalidOperationException($"{++attempts}"));
        StepOptions?[] ways = [null, new() { Timeout = TimeSpan.FromHours(1) }, new() { Retry = RetryPolicy.Fixed(2, TimeSpan.Zero) }];
        var workflow = Workflow.Define<int, int>(
            "failing", async (flow, way) => await flow.StepAsync(step, mode, ways[way]));
        var world = await Worlds.StartAsync(
            options => (options.DefaultRetry, options.StepMode) = (RetryPolicy.Fixed(3, TimeSpan.Zero), mode), workflow);
        world.Register(step);

        for (var way = 0; way < ways.Length; way++)
        {
            attempts = 0;
            var run = await world.StartRunAsync(workflow, way, cancellationToken: Limit);
            (await FailureAsync(world, run)).Error!.Message.Should().Be(way == 2 ? "2" : "3");
        }
    }

    [Fact]
    public async Task Every_status_is_counted()
    {
        var workflow = Workflow.Define<int, int>("stored", (_, number) => Task.FromResult(number));
        var world = Worlds.Create();
        (await world.Runs.CountAsync(Limit)).Should().HaveCount(Enum.GetValues<RunStatus>().Length).And.OnlyContain(count => count.Value == 0);

        await world.StartRunAsync(workflow, 1, cancellationToken: Limit);

        var counts = await world.Runs.CountAsync(Limit);
        (counts[RunStatus.Pending], counts[RunStatus.Failed]).Should().Be((1, 0));
    }
}
