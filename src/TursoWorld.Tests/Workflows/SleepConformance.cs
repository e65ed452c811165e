using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class SleepConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_run_wakes_at_its_time_and_not_before()
    {
        var workflow = Workflow.Define<string, DateTimeOffset>("sleeper", async (flow, _) =>
        {
            await flow.SleepAsync(TimeSpan.FromSeconds(3));
            return flow.Now;
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        var dueAt = Clock.GetUtcNow().AddSeconds(3);

        Clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromMilliseconds(1));

        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Running);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await ResultAsync(world, run)).Should().Be(dueAt);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_sleep_ends_while_a_step_still_executes()
    {
        var hold = new Hold();
        var workflow = Workflow.Define<string, string>("both", async (flow, _) =>
        {
            var step = flow.StepAsync("slow", async _ =>
            {
                await hold.PassAsync();
                return "step";
            });
            await flow.SleepAsync(TimeSpan.FromSeconds(1));
            await flow.StepAsync("awake", _ => Task.CompletedTask);
            return await step;
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        Clock.Advance(TimeSpan.FromSeconds(1));

        await transitions.NextAsync(TransitionKind.StepEnded, run.RunId, "awake");
        hold.Release();
        (await ResultAsync(world, run)).Should().Be("step");
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-10_000_000)]
    public async Task A_sleep_of_no_time_goes_on_at_once(long ticks)
    {
        var workflow = Workflow.Define<string, string>("no-time", async (flow, _) =>
        {
            await flow.SleepAsync(TimeSpan.FromTicks(ticks));
            return "awake";
        });
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("awake");
    }

    [Fact]
    public async Task The_clock_of_the_code_is_the_same_live_and_in_replay()
    {
        List<DateTimeOffset> seen = [];
        var workflow = Workflow.Define<string, string>("clock", async (flow, _) =>
        {
            List<DateTimeOffset> instants = [flow.Now];
            await flow.StepAsync("tick", _ =>
            {
                Clock.Advance(TimeSpan.FromTicks(12_345));
                return Task.CompletedTask;
            });
            instants.Add(flow.Now);
            await flow.SleepAsync(TimeSpan.FromTicks(7_777));
            instants.Add(flow.Now);
            var payload = await flow.HookAsync<string>("go");
            instants.Add(flow.Now);
            seen.AddRange(instants);
            return payload;
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        Clock.Advance(TimeSpan.FromTicks(3_333));
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromMilliseconds(5.4321));
        await ParkedAsync(transitions, run);
        await world.ResumeHookAsync("go", "on", Limit);
        await ResultAsync(world, run);

        var log = await world.LogAsync(run.RunId);
        Runtime.Replay.Given(log).When(workflow).Then();

        var results = log.Where(next => next is WorkflowEvent.RunStarted or WorkflowEvent.StepCompleted
            or WorkflowEvent.WaitCompleted or WorkflowEvent.HookReceived).Select(next => next.CreatedAt).ToList();
        seen.Should().Equal(results.Concat(results), "the code ran twice: live, and in replay");
    }
}
