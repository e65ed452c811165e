using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>
/// A machine sleeps, or its clock is set: the clock is two hours ahead, and timers have noticed nothing. What is due by then goes on within
/// a second of theirs.
/// </summary>
public abstract class ClockSetAheadConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly RetryPolicy Hourly = RetryPolicy.Fixed(2, Hour);

    [Fact]
    public async Task A_sleep_ends()
    {
        var workflow = Workflow.Define<string, string>("sleeper", async (flow, _) =>
        {
            await flow.SleepAsync(Hour);
            return "awake";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        Jump();

        (await ResultAsync(world, run)).Should().Be("awake");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_sleep_ends_while_a_step_of_its_run_executes()
    {
        var hold = new Hold();
        var workflow = Workflow.Define<string, string>("both", async (flow, _) =>
        {
            var step = flow.StepAsync("slow", async _ =>
            {
                await hold.PassAsync();
                return "step";
            });
            await flow.SleepAsync(Hour);
            await flow.StepAsync("awake", _ => Task.CompletedTask);
            return await step;
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        Jump();

        await transitions.NextAsync(TransitionKind.StepEnded, run.RunId, "awake");
        hold.Release();
        (await ResultAsync(world, run)).Should().Be("step");
    }

    [Theory]
    [InlineData(StepMode.Inline)]
    [InlineData(StepMode.Queued)]
    public async Task A_step_is_tried_again(StepMode mode)
    {
        var flaky = Step.Define<string, int>(
            "flaky",
            (_, step) => step.Attempt == 1 ? throw new InvalidOperationException("once") : Task.FromResult(step.Attempt),
            new() { Mode = mode, Retry = Hourly });
        var workflow = Workflow.Define<string, int>("retrying", (flow, text) => flow.StepAsync(flaky, text));
        var world = await Worlds.StartAsync(workflow);
        world.Register(flaky);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await transitions.NextAsync(mode == StepMode.Inline ? TransitionKind.RunParked : TransitionKind.MessagePostponed);

        Jump();

        (await ResultAsync(world, run)).Should().Be(2);
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(StepMode.Inline)]
    [InlineData(StepMode.Queued)]
    public async Task An_attempt_is_out_of_time(StepMode mode)
    {
        var hold = new Hold();
        var slow = Step.Define<string, string>(
            "slow",
            async (text, step) =>
            {
                hold.Touch();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
                return text;
            },
            new() { Mode = mode, Retry = RetryPolicy.None, Timeout = Hour });
        var workflow = Workflow.Define<string, string>("limited", (flow, text) => flow.StepAsync(slow, text));
        var world = await Worlds.StartAsync(workflow);
        world.Register(slow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        Jump();

        (await FailureAsync(world, run)).Error!.Code.Should().Be(ErrorCodes.StepTimeout);
    }

    [Fact]
    public async Task Code_is_out_of_time()
    {
        var workflow = Workflow.Define<string, string>(
            "late", (flow, _) => flow.WithTimeoutAsync(Hour, () => flow.HookAsync<string>("never")));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        Jump();

        (await FailureAsync(world, run)).Error!.Code.Should().Be(ErrorCodes.WorkflowTimeout);
    }

    [Fact]
    public async Task Delayed_messages_are_handled_and_received()
    {
        var world = await Worlds.StartAsync();
        var transitions = Watch(world);
        world.CreateQueueHandler("handled", (_, _) => Task.FromResult(QueueResult.Done));
        var (handled, received) = (await SendAsync("handled"), await SendAsync("received"));
        var receiving = world.Queues.ReceiveAsync("received", 1, Hour, TimeSpan.FromSeconds(20), Limit);
        await Clock.SleeperAsync(TimeSpan.FromSeconds(20), notBefore: TimeSpan.FromSeconds(20));
        await Clock.SleeperAsync(Hour, notBefore: Hour - TimeSpan.FromSeconds(1));

        Jump();

        await transitions.NextAsync(TransitionKind.MessageCompleted, handled);
        (await receiving.WaitAsync(TimeSpan.FromSeconds(10), Limit)).Should().ContainSingle().Which.MessageId.Should().Be(received);

        Task<string> SendAsync(string queue) =>
            world.QueueAsync(queue, Encoding.UTF8.GetBytes("hello"), new() { Delay = Hour }, Limit);
    }

    private void Jump()
    {
        Clock.SetAhead(2 * Hour);
        Clock.Advance(TimeSpan.FromSeconds(1));
    }
}

public sealed class SqliteFileClockSetAheadTests() : ClockSetAheadConformance(Backend.SqliteFile);

public sealed class SqliteMemoryClockSetAheadTests() : ClockSetAheadConformance(Backend.SqliteMemory);
