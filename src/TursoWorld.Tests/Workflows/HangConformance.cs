using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using TursoWorld.Diagnostics;
using TursoWorld.Log;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Code that blocks its thread holds up neither the world nor what its run has recorded.</summary>
public abstract class HangConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly TimeSpan YieldLimit = TimeSpan.FromSeconds(8);

    private readonly ManualTimeProvider _codeClock = new();
    private readonly Hold _reached = new();
    private readonly ManualResetEventSlim _gate = new();
    private int _executions;

    [Fact]
    public async Task Code_that_blocks_on_a_step_is_given_up_with_a_reason_that_names_the_remedy()
    {
        var workflow = Workflow.Define<string, string>("blocks", (flow, _) =>
        {
            _reached.Touch();
#pragma warning disable xUnit1031 // what the test is about
            return Task.FromResult(flow.StepAsync("a", _ => Task.FromResult("never")).GetAwaiter().GetResult());
#pragma warning restore xUnit1031
        });
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await GiveUpAsync(transitions, run);

        var row = await run.GetAsync(Limit);
        row.Status.Should().Be(RunStatus.Running);
        row.BlockedReason.Should().Contain(".Result").And.Contain("within 8 s").And.Contain("put what blocks or computes into a step");
        (await NamesAsync(world, run)).Should().Equal("RunCreated", "RunStarted");
        await world.ShouldBeSoundAsync();
        await world.StopAsync(Limit); // does not wait for the thread
    }

    [Fact]
    public async Task What_steps_have_done_is_recorded_and_the_run_goes_on_when_the_code_has_come_to_rest()
    {
        var charges = 0;
        var workflow = Workflow.Define<string, string>("locks", async (flow, _) =>
        {
            var charge = await flow.StepAsync("charge", _ => Task.FromResult(Interlocked.Increment(ref charges)));
            Block();
            return $"{charge} {await flow.StepAsync("b", _ => Task.FromResult("b"))}";
        });
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await GiveUpAsync(transitions, run);
        (await NamesAsync(world, run)).Should().Equal("RunCreated", "RunStarted", "StepCreated", "StepCompleted");

        Clock.Advance(TimeSpan.FromSeconds(2)); // the message is due again, and the thread still blocked
        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain("still hangs in this process");
        _executions.Should().Be(1);

        _gate.Set();
        var result = ResultAsync(world, run);
        do
        {
            Clock.Advance(TimeSpan.FromMinutes(2)); // until the thread has noticed, the run backs off
        }
        while (await Task.WhenAny(result, transitions.NextAsync(TransitionKind.RunBlocked, run.RunId)) != result);

        (await result).Should().Be("1 b");
        charges.Should().Be(1);
        (await run.GetAsync(Limit)).BlockedReason.Should().BeNull();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Code_that_was_given_up_can_ask_for_nothing_and_says_why()
    {
        var refused = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var workflow = Workflow.Define<string, string>("late", async (flow, _) =>
        {
            if (Block() > 1)
            {
                return await flow.HookAsync<string>("replayed");
            }

            try
            {
                return await flow.StepAsync("late", _ => Task.FromResult("late"));
            }
            catch (InvalidOperationException exception)
            {
                refused.SetResult(exception.Message);
                throw;
            }
        });
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await GiveUpAsync(transitions, run);

        _gate.Set();

        (await refused.Task.WaitAsync(TimeSpan.FromSeconds(15), Limit)).Should().Contain("was given up").And.Contain("did not come to an await");
        (await NamesAsync(world, run)).Should().Equal("RunCreated", "RunStarted");
        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Running);
    }

    [Fact]
    public async Task Steps_that_execute_meanwhile_finish_and_are_recorded_before_the_run_is_given_back()
    {
        var slow = new Hold();
        var workflow = Workflow.Define<string, string>("beside", async (flow, _) =>
        {
            var beside = flow.StepAsync("slow", _ => slow.PassAsync());
            await flow.StepAsync("quick", _ => Task.CompletedTask);
            Block();
            await beside;
            return "";
        });
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await slow.ReachedAsync();
        await _reached.ReachedAsync();
        _codeClock.Advance(YieldLimit / 4);
        _codeClock.Advance(YieldLimit);

        slow.Release();

        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        (await NamesAsync(world, run)).Should().Equal(
            "RunCreated", "RunStarted", "StepCreated", "StepCreated", "StepCompleted", "StepCompleted");
        await world.ShouldBeSoundAsync();
        _gate.Set();
    }

    [Fact]
    public async Task An_instance_lives_as_long_as_the_thread_that_its_code_holds()
    {
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var world = await Worlds.StartAsync(options =>
        {
            options.WorkflowYieldLimit = YieldLimit;
            options.CodeClock = _codeClock;
            options.Services = new ServiceCollection().AddSingleton(new Blocking(Block, disposed.SetResult)).BuildServiceProvider();
        });
        world.Register<BlockingWorkflow>();
        var transitions = Watch(world);
        var run = await world.StartRunAsync("blocking", "", cancellationToken: Limit);
        await GiveUpAsync(transitions, run);
        disposed.Task.IsCompleted.Should().BeFalse();

        _gate.Set();

        await disposed.Task.WaitAsync(TimeSpan.FromSeconds(15), Limit);
    }

    [Fact]
    public async Task A_look_that_takes_long_changes_nothing_about_what_a_later_one_has_found()
    {
        var workflow = Workflow.Define<string, string>("locks", (_, _) =>
        {
            Block();
            return Task.FromResult("");
        });
        var clock = new StandingClock(_codeClock, _codeClock.GetTimestamp() + YieldLimit.Ticks + 1);
        var world = await StartAsync(workflow, clock);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await _reached.ReachedAsync();
        _codeClock.Advance(YieldLimit / 4);

        var slow = Task.Run(() => _codeClock.Advance(YieldLimit), Limit);
        await clock.ReachedAsync();
        _codeClock.Advance(YieldLimit / 4);
        clock.Release();
        await slow;

        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        Clock.Advance(TimeSpan.FromSeconds(2)); // the message is due again, and the thread still blocked
        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain("still hangs in this process");
        _executions.Should().Be(1);
    }

    [Fact]
    public async Task A_thread_that_comes_free_is_noticed_although_the_rest_of_the_log_could_not_be_read()
    {
        var begun = 0;
        var workflow = Workflow.Define<string, string>("long", async (flow, token) =>
        {
            if (Interlocked.Increment(ref begun) == 2)
            {
                Block();
            }

            for (var i = 0; i < 2_500; i++)
            {
                flow.State.Set("n", i); // a log of three pieces
            }

            return await flow.HookAsync<string>(token);
        });
        var other = Workflow.Define<string, string>("other", (_, _) => Task.FromResult(""));
        var world = Worlds.Create(
            options =>
            {
                (options.WorkflowYieldLimit, options.CodeClock, options.MaxLiveRuns) = (YieldLimit, _codeClock, 1);
            },
            workflow,
            other);
        var database = await FaultyDatabase.InstallAsync(world);
        var transitions = Watch(world);
        await world.StartAsync(Limit);
        var run = await world.StartRunAsync(workflow, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        await ResultAsync(world, await world.StartRunAsync(other, "", cancellationToken: Limit)); // there is room for one
        var pieces = 0;
        database.BeforeRead = type =>
        {
            if (type == typeof(List<LogRow>) && ++pieces == 3)
            {
                throw FaultyDatabase.Fault(ErrorCodes.DatabaseBusy);
            }
        };
        await world.ResumeHookAsync("token", "done", Limit);
        await GiveUpAsync(transitions, run);

        _gate.Set();

        var result = ResultAsync(world, run);
        do
        {
            Clock.Advance(TimeSpan.FromMinutes(2)); // until the thread has noticed, the run backs off
        }
        while (await Task.WhenAny(result, transitions.NextAsync(TransitionKind.RunBlocked, run.RunId)) != result);
        (await result).Should().Be("done");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Code_that_comes_to_rest_within_the_limit_is_left_alone()
    {
        var workflow = Workflow.Define<string, string>("slow", (_, _) =>
        {
            Block();
            return Task.FromResult("done");
        });
        var world = await StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await _reached.ReachedAsync();
        _codeClock.Advance(YieldLimit / 4);
        _codeClock.Advance(YieldLimit / 2);

        _gate.Set();

        (await ResultAsync(world, run)).Should().Be("done");
    }

    private protected override ValueTask DisposeFilesAsync()
    {
        _gate.Set(); // the gate itself may still be looked at by the thread that it held
        return ValueTask.CompletedTask;
    }

    private Task<World> StartAsync(WorkflowDefinition workflow, TimeProvider? codeClock = null) => Worlds.StartAsync(
        options =>
        {
            options.WorkflowYieldLimit = YieldLimit;
            options.CodeClock = codeClock ?? _codeClock;
        },
        workflow);

    /// <summary>Blocks the thread until the gate is open.</summary>
    /// <returns>How often the code has come here.</returns>
    private int Block()
    {
        var execution = Interlocked.Increment(ref _executions);
        _reached.Touch();
        _gate.Wait(CancellationToken.None);
        return execution;
    }

    public sealed record Blocking(Func<int> Block, Action Dispose);

    [Workflow("blocking")]
    private sealed class BlockingWorkflow(Blocking blocking) : Workflow<string, string>, IDisposable
    {
        public override Task<string> ExecuteAsync(WorkflowContext flow, string input) => Task.FromResult($"{blocking.Block()}");

        public void Dispose() => blocking.Dispose();
    }

    /// <summary>Lets the first who reads it from some time on stand still.</summary>
    private sealed class StandingClock(ManualTimeProvider inner, long from) : TimeProvider
    {
        private readonly Hold _standing = new();
        private int _isReached;

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            inner.CreateTimer(callback, state, dueTime, period);

        public override long GetTimestamp()
        {
            var now = inner.GetTimestamp();
            if (now >= from && Interlocked.Exchange(ref _isReached, 1) == 0)
            {
                _standing.PassAsync().GetAwaiter().GetResult();
            }

            return now;
        }

        public Task ReachedAsync() => _standing.ReachedAsync();

        public void Release() => _standing.Release();
    }

    private async Task GiveUpAsync(Transitions transitions, RunHandle run)
    {
        await _reached.ReachedAsync();
        _codeClock.Advance(YieldLimit / 4); // the watch sees the code
        _codeClock.Advance(YieldLimit); // and sees it again
        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
    }

    private static async Task<IEnumerable<string>> NamesAsync(World world, RunHandle run) =>
        (await world.LogAsync(run.RunId)).Select(next => next.GetType().Name);
}
