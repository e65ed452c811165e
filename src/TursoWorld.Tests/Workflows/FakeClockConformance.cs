using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Worlds on the clock that users take for their tests, moved by days in one call.</summary>
public abstract class FakeClockConformance(Backend backend) : WorkflowTests(backend)
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Retries_and_sleeps_end_when_the_clock_has_been_moved_past_them()
    {
        var workflow = Workflow.Define<string, TimeSpan>("sleeper", async (flow, _) =>
        {
            var began = flow.Now;
            await flow.StepAsync("flaky", step => step.Attempt > 1 ? Task.CompletedTask : throw new InvalidOperationException("once"));
            await flow.SleepAsync(TimeSpan.FromDays(30));
            return flow.Now - began;
        });
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await ParkedAsync(transitions, run);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await ParkedAsync(transitions, run);
        _clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMilliseconds(1));
        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Running);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        (await ResultAsync(world, run)).Should().Be(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(2));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_executes_while_days_pass_keeps_its_attempt()
    {
        var hold = new Hold();
        var attempts = 0;
        var busy = Workflow.Define<string, int>("busy", (flow, _) => flow.StepAsync("slow", async step =>
        {
            Interlocked.Increment(ref attempts);
            await hold.PassAsync();
            return step.Attempt;
        }));
        var sleeper = Workflow.Define<string, string>("sleeper", async (flow, _) =>
        {
            await flow.SleepAsync(TimeSpan.FromDays(10));
            return "awake";
        });
        var world = await StartAsync(busy, sleeper);
        var transitions = Watch(world);
        var sleeping = await world.StartRunAsync(sleeper, "", cancellationToken: Limit);
        await ParkedAsync(transitions, sleeping);
        var working = await world.StartRunAsync(busy, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        _clock.Advance(TimeSpan.FromDays(30));

        (await ResultAsync(world, sleeping)).Should().Be("awake");
        hold.Release();
        (await ResultAsync(world, working)).Should().Be(1);
        attempts.Should().Be(1);
        await world.ShouldBeSoundAsync();
    }

    private Task<World> StartAsync(params WorkflowDefinition[] workflows) => Worlds.StartAsync(
        options =>
        {
            options.TimeProvider = _clock;
            options.Lease = new WorldOptions().Lease;
        },
        workflows);
}
