using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class StepConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly RetryPolicy Slowly = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(2));

    [Fact]
    public async Task A_failed_attempt_is_repeated_at_its_time_and_not_before()
    {
        var attempts = new List<(int Attempt, string Key, DateTimeOffset At)>();
        var workflow = Flaky(step =>
        {
            attempts.Add((step.Attempt, step.IdempotencyKey, Clock.GetUtcNow()));
            return step.Attempt < 3
                ? throw new InvalidOperationException($"bad {step.Attempt}")
                : Task.FromResult("good");
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var begunAt = Clock.GetUtcNow();
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        var waiting = (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Single();
        Clock.Advance(TimeSpan.FromSeconds(1.999));
        Clock.Advance(TimeSpan.FromSeconds(0.001));
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(2));

        (await ResultAsync(world, run)).Should().Be("good");

        waiting.Status.Should().Be(StepStatus.Pending);
        waiting.Attempt.Should().Be(1);
        waiting.Error!.Message.Should().Be("bad 1");
        waiting.RetryAfter.Should().Be(begunAt.AddSeconds(2));
        attempts.Select(one => one.Attempt).Should().Equal(1, 2, 3);
        attempts.Select(one => one.At).Should().Equal(begunAt, begunAt.AddSeconds(2), begunAt.AddSeconds(4));
        attempts.Select(one => one.Key).Distinct().Should().ContainSingle();
        (await world.LogAsync(run.RunId)).OfType<WorkflowEvent.StepRetrying>().Select(next => next.Error!.Message)
            .Should().Equal("bad 1", "bad 2");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task The_last_failed_attempt_is_the_failure_of_the_step()
    {
        var workflow = Flaky(step => throw new InvalidOperationException($"bad {step.Attempt}"));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        for (var retry = 0; retry < 2; retry++)
        {
            await ParkedAsync(transitions, run);
            Clock.Advance(TimeSpan.FromSeconds(2));
        }

        var failure = await FailureAsync(world, run);

        failure.Error!.Message.Should().Be("bad 3");
        var step = (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Single();
        step.Status.Should().Be(StepStatus.Failed);
        step.Attempt.Should().Be(3);
        step.Error!.Message.Should().Be("bad 3");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_fatal_failure_is_final()
    {
        var workflow = Flaky(_ => throw new FatalStepException("no use"));
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await FailureAsync(world, run)).Error!.Message.Should().Be("no use");
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Single().Attempt.Should().Be(1);
    }

    [Fact]
    public async Task An_exception_that_the_policy_names_is_final()
    {
        var executions = 0;
        var workflow = Workflow.Define<string, string>("picky", async (flow, _) =>
        {
            var one = await flow.TryStepAsync<string>("one", _ => Count(new ArgumentNullException("one")), Picky(new NotSupportedException()));
            var two = await flow.TryStepAsync(
                "two", _ => (Task)Count(new OperationCanceledException("of its own")), new() { Retry = RetryPolicy.None });
            var three = await flow.TryStepAsync<string>("three", _ => Count(new InvalidOperationException("both")), Picky(new NotSupportedException("all")));
            var four = await flow.TryStepAsync("four", _ => Task.FromResult("good"));
            return $"{one.Error!.Type} {one.Value}, {two.Error!.Message}, {three.Error!.Message}, {four.Value} {four.IsSuccess}";
        });
        var world = await Worlds.StartAsync(workflow);

        var result = await ResultAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit));

        result.Should().Match("System.ArgumentNullException , of its own, *both*all*, good True");
        executions.Should().Be(1 + 1 + 3, "a condition that throws leaves the attempts to the policy");

        Task<string> Count(Exception exception)
        {
            executions++;
            return Task.FromException<string>(exception);
        }

        static StepOptions Picky(Exception failure) => new()
        {
            Retry = RetryPolicy.Fixed(3, TimeSpan.Zero).NotOn<ArgumentException>()
                .NotOn<InvalidOperationException>(_ => throw failure),
        };
    }

    [Fact]
    public async Task A_name_that_is_used_again_is_numbered()
    {
        var workflow = Workflow.Define<string, string>("names", async (flow, _) =>
        {
            await flow.StepAsync("charge", _ => Task.CompletedTask);
            await flow.StepAsync("mail", _ => Task.CompletedTask);
            await flow.HookAsync<string>("go");
            return await flow.StepAsync("charge", step => Task.FromResult(step.StepName));
        });
        var first = await Worlds.StartAsync(options => options.MaxLiveRuns = 1, workflow);
        var transitions = Watch(first);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await first.ResumeHookAsync("go", "", Limit);

        (await ResultAsync(first, run)).Should().Be("charge#1");
        (await first.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Select(step => step.StepName)
            .Should().Equal("charge", "mail", "charge#1");
        await first.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_may_choose_when_it_is_tried_again()
    {
        var workflow = Flaky(step => step.Attempt == 1
            ? throw new RetryStepException("later", TimeSpan.FromSeconds(9))
            : Task.FromResult("good"));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        var step = (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Single();
        Clock.Advance(TimeSpan.FromSeconds(9));

        step.RetryAfter.Should().Be(step.CreatedAt.AddSeconds(9));
        (await ResultAsync(world, run)).Should().Be("good");
    }

    [Fact]
    public async Task A_result_that_cannot_be_written_is_final()
    {
        var executions = 0;
        var workflow = Workflow.Define<string, string>("cycle", async (flow, _) =>
        {
            await flow.StepAsync<object>("cycle", _ =>
            {
                executions++;
                object[] cycle = [null!];
                cycle[0] = cycle;
                return Task.FromResult<object>(cycle);
            });
            return "";
        });
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        var error = (await FailureAsync(world, run)).Error!;
        error.Code.Should().Be(ErrorCodes.Serialization);
        error.Message.Should().Contain("'cycle'");
        executions.Should().Be(1);
    }

    [Fact]
    public async Task Code_may_go_on_after_a_failed_step()
    {
        var workflow = Workflow.Define<string, string>("catching", async (flow, _) =>
        {
            try
            {
                return await flow.StepAsync<string>("charge", _ => throw new FatalStepException("declined"));
            }
            catch (StepFailedException failure)
            {
                return await flow.StepAsync(
                    "refund", _ => Task.FromResult($"{failure.StepName}: {failure.Error.Message}"));
            }
        });
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("charge: declined");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Parallel_steps_are_bounded_by_Concurrency()
    {
        var hold = new Hold();
        var (executing, most) = (0, 0);
        var full = new TaskCompletionSource();
        var workflow = Workflow.Define<string, int>("parallel", async (flow, _) =>
            (await Task.WhenAll(Enumerable.Range(0, 12).Select(i => flow.StepAsync($"part-{i}", async _ =>
            {
                var now = Interlocked.Increment(ref executing);
                lock (hold)
                {
                    most = Math.Max(most, now);
                }

                if (now == 3)
                {
                    full.TrySetResult();
                }

                await hold.PassAsync();
                Interlocked.Decrement(ref executing);
                return i;
            })))).Sum());
        var world = await Worlds.StartAsync(options => options.Concurrency = 3, workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await full.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit);

        hold.Release();

        (await ResultAsync(world, run)).Should().Be(66);
        most.Should().Be(3);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_outlives_its_run_is_cancelled()
    {
        var begun = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var workflow = Workflow.Define<string, string>("racing", async (flow, _) =>
        {
            var slow = flow.StepAsync("slow", async step =>
            {
                begun.SetResult();
                await using var registration = step.CancellationToken.Register(cancelled.SetResult);
                await cancelled.Task;
                return "slow";
            });
            var quick = flow.StepAsync("quick", async _ =>
            {
                await begun.Task;
                return "quick";
            });
            return await await Task.WhenAny(slow, quick);
        });
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("quick");
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit);
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Select(step => step.Status)
            .Should().Equal(StepStatus.Cancelled, StepStatus.Completed);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task The_context_of_the_workflow_is_refused_inside_a_step()
    {
        var workflow = Workflow.Define<string, string>("nested", (flow, _) => flow.StepAsync("outer", async _ =>
        {
            var inner = () => flow.StepAsync("inner", _ => Task.FromResult(""));
            return (await inner.Should().ThrowAsync<InvalidOperationException>()).Which.Message;
        }));
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Contain("inside its step 'outer'");
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().ContainSingle();
    }

    [Fact]
    public async Task Code_that_has_changed_blocks_the_run_and_says_why()
    {
        var isChanged = false;
        var workflow = Workflow.Define<string, string>("changing", async (flow, _) =>
        {
            await flow.StepAsync(isChanged ? "new" : "old", _ => Task.CompletedTask);
            return await flow.HookAsync<string>("go");
        });
        var other = Workflow.Define<string, string>("other", (flow, token) => flow.HookAsync<string>(token));
        var world = await Worlds.StartAsync(options => options.MaxLiveRuns = 1, workflow, other);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        await ParkedAsync(transitions, await world.StartRunAsync(other, "evicts", cancellationToken: Limit));
        isChanged = true;

        await world.ResumeHookAsync("go", "on", Limit);

        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain("'old'").And.Contain("'new'");
        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Running);
        isChanged = false;
        Clock.Advance(TimeSpan.FromSeconds(2));
        (await ResultAsync(world, run)).Should().Be("on", "the old code continues the run");
        (await run.GetAsync(Limit)).BlockedReason.Should().BeNull();
        await world.ShouldBeSoundAsync();
    }

    private static WorkflowDefinition<string, string> Flaky(Func<StepContext, Task<string>> body) =>
        Workflow.Define<string, string>("flaky", (flow, _) => flow.StepAsync("flaky", body, new() { Retry = Slowly }));
}
