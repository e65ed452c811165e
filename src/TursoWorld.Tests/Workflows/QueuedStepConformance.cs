using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Steps that are messages: who executes them, how often, and what becomes of them when their run does something else.</summary>
public abstract class QueuedStepConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly RetryPolicy Slowly = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(10));
    private static readonly StepOptions Queued = new() { Mode = StepMode.Queued, Retry = Slowly };

    private readonly bool _isAlone = backend == Backend.SqliteMemory; // no other world can see the database
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CancellationCause> _cause = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_queued_step_is_executed_with_its_input_and_its_run_hears_of_the_result()
    {
        var greet = Step.Define<string, string>("greet", (name, step) => Task.FromResult($"Hello, {name} {step.Attempt}"), Queued);
        var workflow = Calling("calling", greet);
        var world = await StartAsync(workflow, greet);

        var run = await world.StartRunAsync(workflow, "Ada", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("Hello, Ada 1");
        (await TypesAsync(world, run)).Should().Equal(
            "RunCreated", "RunStarted", "StepCreated", "StepStarted 1", "StepCompleted", "RunCompleted");
        var step = await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit);
        step.Should().BeEquivalentTo(new { Mode = StepMode.Queued, Status = StepStatus.Completed, Attempt = 1, StepName = "greet" });
        step.Input!.Value.ToArray().Should().Equal("\"Ada\""u8.ToArray());
        (await AttemptsAsync(world, run)).Should().Equal("1 Completed");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task The_run_holds_nothing_while_only_queued_steps_are_open_and_they_wait_for_whoever_registers_them()
    {
        var greet = Step.Define<string, string>("greet", (name, _) => Task.FromResult($"Hello, {name}"), Queued);
        var workflow = Calling("calling", greet);
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "Ada", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit))
            .Should().BeEquivalentTo(new { Status = StepStatus.Pending, Attempt = 0, StartedAt = (DateTimeOffset?)null });
        await world.ShouldBeSoundAsync();
        world.Register(greet);

        (await ResultAsync(world, run)).Should().Be("Hello, Ada");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_failed_attempt_is_followed_by_another_one_after_its_delay()
    {
        var flaky = Step.Define<int, string>(
            "flaky",
            (n, step) => step.Attempt == 1 ? throw new InvalidOperationException("no") : Task.FromResult($"{n * 2} in {step.Attempt}"),
            Queued);
        var workflow = Calling("calling", flaky);
        var world = await StartAsync(workflow, flaky);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 21, cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.MessagePostponed);

        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).RetryAfter
            .Should().Be(Clock.GetUtcNow() + TimeSpan.FromSeconds(10));
        await world.ShouldBeSoundAsync();
        Clock.Advance(TimeSpan.FromSeconds(10));

        (await ResultAsync(world, run)).Should().Be("42 in 2");
        (await AttemptsAsync(world, run)).Should().Equal("1 Failed no", "2 Completed");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_always_fails_fails_with_its_last_error_after_as_many_attempts_as_its_policy_has()
    {
        var always = Step.Define<int, string>(
            "always", (_, step) => throw new InvalidOperationException($"no {step.Attempt}"), Queued);
        var workflow = Calling("calling", always);
        var world = await StartAsync(workflow, always);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 5, cancellationToken: Limit);
        for (var attempt = 1; attempt < 3; attempt++)
        {
            await transitions.NextAsync(TransitionKind.MessagePostponed);
            Clock.Advance(TimeSpan.FromSeconds(10));
        }

        (await FailureAsync(world, run)).Error!.Message.Should().Contain("no 3");
        (await AttemptsAsync(world, run)).Should().Equal("1 Failed no 1", "2 Failed no 2", "3 Failed no 3");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_call_may_give_options_and_they_go_with_the_step_to_whoever_executes_it()
    {
        var always = Step.Define<string, string>(
            "always", (kind, _) => throw (kind == "argument" ? new ArgumentNullException(kind) : new TimeoutException("late")));
        var workflow = Workflow.Define<string, string>("calling", (flow, kind) => flow.StepAsync(
            always,
            kind,
            new() { Mode = StepMode.Queued, Retry = RetryPolicy.Fixed(2, TimeSpan.Zero).NotOn<ArgumentException>() }));
        var world = await StartAsync(workflow, always);

        var final = await world.StartRunAsync(workflow, "argument", cancellationToken: Limit);
        var repeated = await world.StartRunAsync(workflow, "late", cancellationToken: Limit);

        await FailureAsync(world, final);
        await FailureAsync(world, repeated);
        (await AttemptsAsync(world, final)).Should().ContainSingle();
        (await AttemptsAsync(world, repeated)).Should().Equal("1 Failed late", "2 Failed late");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Code_of_a_call_cannot_be_queued_and_a_condition_that_is_a_function_cannot_go_along()
    {
        var greet = Step.Define<string, string>("greet", (name, _) => Task.FromResult(name));
        var workflow = Workflow.Define<string, string>("calling", async (flow, _) =>
        {
            var lambda = () => flow.StepAsync("a", _ => Task.FromResult(1), new() { Mode = StepMode.Queued });
            var transaction = () => flow.TransactionAsync("b", (_, _) => Task.CompletedTask, new() { Mode = StepMode.Queued });
            var condition = () => flow.StepAsync(
                greet, "", new() { Mode = StepMode.Queued, Retry = RetryPolicy.Default.NotOn<Exception>(_ => true) });
            return string.Join(
                '|',
                lambda.Should().ThrowAsync<ArgumentException>().Result.Which.Message,
                transaction.Should().ThrowAsync<ArgumentException>().Result.Which.Message,
                condition.Should().ThrowAsync<ArgumentException>().Result.Which.Message,
                await flow.StepAsync("after", _ => Task.FromResult("after")));
        });
        var world = await StartAsync(workflow, greet);

        var messages = (await ResultAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit))).Split('|');

        messages[0].Should().Contain("Step.Define");
        messages[1].Should().Contain("transactional steps are always inline");
        messages[2].Should().Contain("definition of the step");
        messages[3].Should().Be("after");
    }

    [Fact]
    public async Task The_mode_of_the_world_is_that_of_definitions_that_do_not_say_and_never_that_of_code_in_a_call()
    {
        var silent = Step.Define<string, string>("silent", (name, _) => Task.FromResult(name));
        var inline = Step.Define<string, string>("inline", (name, _) => Task.FromResult(name), new() { Mode = StepMode.Inline });
        var workflow = Workflow.Define<string, string>("calling", async (flow, input) =>
            await flow.StepAsync(silent, input) + await flow.StepAsync(inline, input)
            + await flow.StepAsync(silent, input, new() { Mode = StepMode.Inline }) + await flow.StepAsync("code", _ => Task.FromResult(input)));
        var world = await Worlds.StartAsync(options => options.StepMode = StepMode.Queued, workflow);
        world.Register(silent, inline);

        var run = await world.StartRunAsync(workflow, "a", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("aaaa");
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Select(step => $"{step.StepName} {step.Mode}")
            .Should().Equal("silent Queued", "inline Inline", "silent#1 Inline", "code Inline");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Queued_and_inline_steps_of_one_run_execute_side_by_side()
    {
        var hold = new Hold();
        var queued = Step.Define<int, int>("queued", async (n, _) =>
        {
            await hold.PassAsync();
            return n;
        }, Queued);
        var workflow = Workflow.Define<string, int>("mixed", async (flow, _) => (await Task.WhenAll(
            Enumerable.Range(1, 6).Select(n => n % 2 == 0
                ? flow.StepAsync(queued, n)
                : flow.StepAsync("inline", async _ =>
                {
                    hold.Release();
                    await Task.Yield();
                    return n;
                })))).Sum());
        var world = await StartAsync(workflow, queued);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be(21);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Queued_steps_share_the_slots_with_all_other_work()
    {
        var hold = new Hold();
        var (executing, most) = (0, 0);
        var full = new TaskCompletionSource();
        var part = Step.Define<int, int>("part", async (n, _) =>
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
            return n;
        }, Queued);
        var workflow = Workflow.Define<string, int>("parallel", async (flow, _) =>
            (await Task.WhenAll(Enumerable.Range(0, 12).Select(n => flow.StepAsync(part, n)))).Sum());
        var world = await Worlds.StartAsync(options => options.Concurrency = 3, workflow);
        world.Register(part);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await full.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit);

        hold.Release();

        (await ResultAsync(world, run)).Should().Be(66);
        most.Should().Be(3);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_is_told_when_its_run_is_cancelled_and_its_message_is_gone()
    {
        var endless = Endless();
        var workflow = Calling("calling", endless);
        var world = await StartAsync(workflow, endless);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);
        await _entered.Task.WaitAsync(Limit);

        await run.CancelAsync(cancellationToken: Limit);

        (await _cause.Task.WaitAsync(Limit)).Should().Be(CancellationCause.RunEnded);
        (await AttemptsAsync(world, run)).Should().Equal("1 Cancelled");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_is_told_when_the_code_cancels_its_scope_and_no_attempt_follows()
    {
        var endless = Endless();
        var workflow = Workflow.Define<int, string>("racing", (flow, n) => flow.ScopeAsync(async scope =>
        {
            var slow = flow.StepAsync(endless, n);
            await flow.StepAsync("wait", _ => _entered.Task);
            scope.Cancel();
            return await Task.WhenAny(slow) == slow && slow.IsCanceled ? "cancelled" : "not cancelled";
        }));
        var world = await StartAsync(workflow, endless);

        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("cancelled");
        (await _cause.Task.WaitAsync(Limit)).Should().BeOneOf(CancellationCause.StepCancelled, CancellationCause.RunEnded);
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Status.Should().Be(StepStatus.Cancelled);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_has_not_begun_goes_with_its_run()
    {
        var greet = Step.Define<string, string>("greet", (name, _) => Task.FromResult(name), Queued);
        var workflow = Workflow.Define<string, string>("leaving", async (flow, input) =>
        {
            _ = flow.StepAsync(greet, input);
            await flow.HookAsync<string>("go");
            _ = flow.StepAsync(greet, input);
            return "left";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        await world.ShouldBeSoundAsync();

        await world.ResumeHookAsync("go", "", Limit);

        (await ResultAsync(world, run)).Should().Be("left");
        await world.ShouldBeSoundAsync();
        await world.Runs.DeleteAsync(run.RunId, Limit);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_paused_run_begins_no_step_and_begins_it_when_it_is_resumed()
    {
        var greet = Step.Define<string, string>("greet", (name, _) => Task.FromResult(name), Queued);
        var other = Step.Define<string, string>("other", (name, _) => Task.FromResult(name), Queued);
        var (workflow, second) = (Calling("calling", greet), Calling("second", other));
        var world = await Worlds.StartAsync(workflow, second);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "Ada", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        await run.PauseAsync(Limit);
        world.Register(greet, other);

        // Behind the paused one in the queue, and not held up by it.
        await ResultAsync(world, await world.StartRunAsync(second, "Bob", cancellationToken: Limit));
        (await TypesAsync(world, run)).Should().NotContain("StepStarted 1");
        await world.ShouldBeSoundAsync();
        await run.ResumeAsync(Limit);

        (await ResultAsync(world, run)).Should().Be("Ada");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_executes_while_its_run_is_paused_ends_and_its_retry_waits()
    {
        var hold = new Hold();
        var flaky = Step.Define<string, string>("flaky", async (name, step) =>
        {
            _entered.TrySetResult();
            await hold.PassAsync();
            return step.Attempt == 1 ? throw new InvalidOperationException("no") : name;
        }, Queued);
        var workflow = Calling("calling", flaky);
        var world = await StartAsync(workflow, flaky);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "Ada", cancellationToken: Limit);
        await _entered.Task.WaitAsync(Limit);
        await run.PauseAsync(Limit);
        hold.Release();
        await transitions.NextAsync(TransitionKind.MessagePostponed);

        Clock.Advance(TimeSpan.FromMinutes(1));
        await run.ResumeAsync(Limit);

        (await ResultAsync(world, run)).Should().Be("Ada");
        (await TypesAsync(world, run)).Should().Equal(
            "RunCreated", "RunStarted", "StepCreated", "StepStarted 1", "RunPaused", "StepRetrying", "RunResumed", "StepStarted 2",
            "StepCompleted", "RunCompleted");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_attempt_that_a_stopping_world_cuts_short_does_not_count()
    {
        var endless = Endless(attempts: 1);
        var workflow = Calling("calling", endless);
        var first = await StartAsync(workflow, endless);
        var run = await first.StartRunAsync(workflow, 7, cancellationToken: Limit);
        await _entered.Task.WaitAsync(Limit);
        var second = Worlds.Create(null, workflow);

        if (_isAlone)
        {
            await first.StopAsync(Limit);
            (await _cause.Task.WaitAsync(Limit)).Should().Be(CancellationCause.Shutdown);
            (await first.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit))
                .Should().BeEquivalentTo(new { Attempt = 0, Status = StepStatus.Pending });
            await first.ShouldBeSoundAsync();
            return;
        }

        second.Register(Step.Define<int, string>("endless", (n, step) => Task.FromResult($"{n} in {step.Attempt}"), Queued));
        await first.StopAsync(Limit);
        await second.StartAsync(Limit);

        (await ResultAsync(second, second.GetRun<string>(run.RunId))).Should().Be("7 in 1");
        (await AttemptsAsync(second, run)).Should().Equal("1 Completed");
        await second.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Limits_and_progress_are_those_of_inline_steps()
    {
        var options = new StepOptions { Mode = StepMode.Queued, Retry = RetryPolicy.Fixed(2, TimeSpan.Zero), Timeout = TimeSpan.FromSeconds(5) };
        var slow = Step.Define<int, string>("slow", async (n, step) =>
        {
            if (step.LastProgress<int>() is var earlier and > 0)
            {
                return $"{n} after {earlier}";
            }

            await step.HeartbeatAsync(8);
            _entered.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
            return "";
        }, options);
        var workflow = Calling("calling", slow);
        var world = await StartAsync(workflow, slow);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);
        await _entered.Task.WaitAsync(Limit);

        Clock.Advance(TimeSpan.FromSeconds(5));

        (await ResultAsync(world, run)).Should().Be("1 after 8");
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Select(attempt => attempt.Error?.Code)
            .Should().Equal(ErrorCodes.StepTimeout, null);
        await world.ShouldBeSoundAsync();
    }

    private async Task<World> StartAsync(WorkflowDefinition workflow, params StepDefinition[] steps)
    {
        var world = await Worlds.StartAsync(workflow);
        world.Register(steps);
        return world;
    }

    private static WorkflowDefinition<TIn, string> Calling<TIn>(string name, StepDefinition<TIn, string> step) =>
        Workflow.Define<TIn, string>(name, (flow, input) => flow.StepAsync(step, input));

    /// <summary>A step that ends when it is cancelled, and tells why.</summary>
    private StepDefinition<int, string> Endless(int attempts = 3) => Step.Define<int, string>(
        "endless",
        async (_, step) =>
        {
            var cancelled = new TaskCompletionSource();
            await using var registration = step.CancellationToken.Register(cancelled.SetResult);
            _entered.TrySetResult();
            await cancelled.Task;
            _cause.TrySetResult(step.CancellationCause);
            throw new OperationCanceledException(step.CancellationToken);
        },
        new() { Mode = StepMode.Queued, Retry = RetryPolicy.Fixed(attempts, TimeSpan.Zero) });

    private static async Task<IEnumerable<string>> TypesAsync(World world, RunHandle run) =>
        (await world.LogAsync(run.RunId)).Select(next => next is WorkflowEvent.StepStarted started
            ? $"StepStarted {started.Attempt}"
            : next.GetType().Name);

    private static async Task<IEnumerable<string>> AttemptsAsync(World world, RunHandle run) =>
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit))
        .Select(attempt => $"{attempt.Attempt} {attempt.Status} {attempt.Error?.Message}".Trim());
}
