using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class TimeoutConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task What_is_not_done_in_time_is_cancelled_and_the_run_goes_on()
    {
        var hold = new Hold();
        var workflow = Workflow.Define<string, string>("late", async (flow, _) =>
        {
            try
            {
                return await flow.WithTimeoutAsync(TimeSpan.FromMinutes(1), () => flow.StepAsync("slow", async step =>
                {
                    hold.Touch();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
                    return "too late";
                }));
            }
            catch (WorkflowTimeoutException timeout)
            {
                return await flow.StepAsync("instead", _ => Task.FromResult($"{timeout.Timeout}"));
            }
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        Clock.Advance(TimeSpan.FromMinutes(1));

        (await ResultAsync(world, run)).Should().Be("00:01:00");
        await transitions.NextAsync(TransitionKind.StepEnded, run.RunId, "slow");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_is_done_in_time_leaves_no_timer()
    {
        var workflow = Workflow.Define<string, string>("in-time", async (flow, _) =>
        {
            var answer = await flow.WithTimeoutAsync(TimeSpan.FromHours(1), () => flow.HookAsync<string>("question"));
            return answer + await flow.HookAsync<string>("next");
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("question", "yes", Limit);
        await ParkedAsync(transitions, run);

        (await world.Waits.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().ContainSingle()
            .Which.Status.Should().Be(WaitStatus.Cancelled);
        Clock.Advance(TimeSpan.FromHours(2));
        await world.ResumeHookAsync("next", " no", Limit);
        (await ResultAsync(world, run)).Should().Be("yes no");
        (await world.LogAsync(run.RunId)).OfType<WorkflowEvent.WaitCompleted>().Should().BeEmpty();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_timeout_that_nobody_catches_is_the_error_of_the_run()
    {
        var workflow = Workflow.Define<string, string>("uncaught", (flow, _) =>
            flow.WithTimeoutAsync(TimeSpan.FromMinutes(1), () => flow.HookAsync<string>("never")));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        Clock.Advance(TimeSpan.FromMinutes(1));

        (await FailureAsync(world, run)).Error!.Code.Should().Be(ErrorCodes.WorkflowTimeout);
        (await world.Hooks.FindByTokenAsync("never", Limit)).Should().BeNull();
        await world.ShouldBeSoundAsync();
    }
}

public sealed class SqliteFileTimeoutTests() : TimeoutConformance(Backend.SqliteFile);

public sealed class SqliteMemoryTimeoutTests() : TimeoutConformance(Backend.SqliteMemory);
