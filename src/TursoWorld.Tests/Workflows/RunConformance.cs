using System.Globalization;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class RunConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Echo = Workflow.Define<string, string>(
        "echo", (flow, input) => flow.StepAsync("echo", _ => Task.FromResult(input)));

    [Fact]
    public async Task A_run_ends_with_the_result_of_its_code()
    {
        var world = await Worlds.StartAsync(Echo);

        var run = await world.StartRunAsync(Echo, "hello", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("hello");
        var row = await run.GetAsync(Limit);
        row.Status.Should().Be(RunStatus.Completed);
        row.CompletedAt.Should().Be(Clock.GetUtcNow());
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_is_stored_and_not_processed_before_the_world_starts()
    {
        var world = Worlds.Create(null, Echo);
        var run = await world.StartRunAsync(Echo, "hello", cancellationToken: Limit);
        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Pending);
        (await world.LogAsync(run.RunId)).Should().ContainSingle();

        await world.StartAsync(Limit);

        (await ResultAsync(world, run)).Should().Be("hello");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_workflow_may_be_registered_after_its_runs_were_started()
    {
        var world = await Worlds.StartAsync();
        var run = await world.StartRunAsync(Echo, "hello", cancellationToken: Limit);

        world.Register(Echo);

        (await ResultAsync(world, run)).Should().Be("hello");
    }

    [Fact]
    public async Task A_hundred_runs_end_with_their_own_results()
    {
        var world = await Worlds.StartAsync(Echo);

        var runs = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            world.StartRunAsync(Echo, $"{i}", cancellationToken: Limit)));
        var results = await Task.WhenAll(runs.Select(run => ResultAsync(world, run)));

        results.Should().Equal(Enumerable.Range(0, 100).Select(i => $"{i}"));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Exactly_one_of_twenty_concurrent_starts_with_the_same_id_wins()
    {
        var world = await Worlds.StartAsync(Echo);
        var options = new StartRunOptions { RunId = "wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV" };

        var starts = Enumerable.Range(0, 20).Select(i => world.StartRunAsync(Echo, $"{i}", options)).ToList();
        await Task.WhenAll(starts.Select(start => start.ContinueWith(_ => { }, TaskScheduler.Default)));

        var winner = starts.Should().ContainSingle(start => start.IsCompletedSuccessfully).Which;
        starts.Where(start => start != winner).Should().OnlyContain(
            start => start.Exception!.InnerException is ConflictException
                && ((ConflictException)start.Exception!.InnerException!).Code == ErrorCodes.RunConflict);
        (await ResultAsync(world, await winner)).Should().Be($"{starts.IndexOf(winner)}");
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData("run_1")]
    [InlineData("wrun_")]
    [InlineData("wrun_81ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("wrun_01ARZ3NDEKTSV4RRFFQ69G5FAU")]
    public async Task An_id_that_is_none_is_refused(string runId)
    {
        var world = Worlds.Create(null, Echo);

        var start = () => world.StartRunAsync(Echo, "", new StartRunOptions { RunId = runId });

        await start.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task An_unknown_name_is_refused()
    {
        var world = Worlds.Create(null, Echo);

        var start = () => world.StartRunAsync("ehco", "hello", cancellationToken: Limit);

        (await start.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.WorkflowNotFound);
        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task An_input_of_another_type_is_refused_and_leaves_no_run()
    {
        var world = Worlds.Create(null, Echo);

        var start = () => world.StartRunAsync("echo", 42, cancellationToken: Limit);

        await start.Should().ThrowAsync<ArgumentException>().WithMessage("*echo*System.String*System.Int32*");
        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task An_input_that_cannot_be_written_leaves_no_run()
    {
        var workflow = Workflow.Define<object, string>("any", (_, _) => Task.FromResult(""));
        var world = await Worlds.StartAsync(workflow);
        object[] cycle = [null!];
        cycle[0] = cycle;

        var start = () => world.StartRunAsync(workflow, cycle, cancellationToken: Limit);

        await start.Should().ThrowAsync<SerializationException>();
        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task A_result_that_cannot_be_written_fails_the_run()
    {
        var workflow = Workflow.Define<string, object>("cycle", (_, _) =>
        {
            object[] cycle = [null!];
            cycle[0] = cycle;
            return Task.FromResult<object>(cycle);
        });
        var world = await Worlds.StartAsync(workflow);

        var failure = await FailureAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit));

        failure.Error!.Code.Should().Be(ErrorCodes.Serialization);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_list_with_a_duplicate_registers_nothing()
    {
        var other = Workflow.Define<string, string>("other", (_, input) => Task.FromResult(input));
        var world = Worlds.Create(null, Echo);

        var register = () => world.Register(other, Echo);

        register.Should().Throw<ConflictException>().Which.Code.Should().Be(ErrorCodes.DuplicateWorkflow);
        await world.Invoking(w => w.StartRunAsync("other", "", cancellationToken: Limit))
            .Should().ThrowAsync<NotFoundException>();
    }

    [Fact]
    public async Task Versions_run_side_by_side()
    {
        var first = Workflow.Define<string, string>("versioned", (_, _) => Task.FromResult("first"));
        var second = Workflow.Define<string, string>(
            "versioned", (_, _) => Task.FromResult("second"), version: 2);
        var world = await Worlds.StartAsync(first, second);

        var old = await world.StartRunAsync(first, "", cancellationToken: Limit);
        var named = await world.StartRunAsync("versioned", "", cancellationToken: Limit);

        (await ResultAsync(world, old)).Should().Be("first");
        (await ResultAsync(world, world.GetRun<string>(named.RunId)))
            .Should().Be("second", "a name means the newest version");
        (await old.GetAsync(Limit)).WorkflowVersion.Should().Be(1);
    }

    [Fact]
    public async Task A_run_that_fails_shows_why()
    {
        var workflow = Workflow.Define<string, string>("failing", (flow, _) => flow.StepAsync<string>(
            "bad", _ => throw new FatalStepException("out of stock", new ArgumentException("inner"))));
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        var failure = await FailureAsync(world, run);

        failure.RunId.Should().Be(run.RunId);
        failure.Message.Should().Contain(run.RunId).And.Contain("out of stock");
        var row = await run.GetAsync(Limit);
        row.Status.Should().Be(RunStatus.Failed);
        row.Output.Should().BeNull();
        row.Error.Should().BeEquivalentTo(failure.Error);
        row.Error!.Type.Should().Be(typeof(FatalStepException).FullName);
        row.Error.Cause!.Message.Should().Be("inner");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Half_a_character_in_a_name_is_refused()
    {
        var workflow = Workflow.Define<string, string>(
            "half", (flow, text) => flow.StepAsync("notify " + text[..1], _ => Task.FromResult("")));
        var world = await Worlds.StartAsync(workflow);

        var failure = await FailureAsync(world, await world.StartRunAsync(workflow, "\U0001F600", cancellationToken: Limit));

        failure.Message.Should().Contain("half of a character");
    }

    [Fact]
    public async Task An_exception_that_cannot_be_read_fails_its_step_like_any_other()
    {
        var workflow = Workflow.Define<string, string>("mute", (flow, _) => flow.StepAsync<string>(
            "step", _ => throw new MuteException(), new() { Retry = RetryPolicy.None }));
        var world = await Worlds.StartAsync(workflow);

        var failure = await FailureAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit));

        failure.Message.Should().Contain("could not be read");
    }

    [Fact]
    public async Task Code_runs_without_the_culture_and_the_locals_of_whoever_woke_it()
    {
        var local = new AsyncLocal<string?> { Value = "of the caller" };
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        var workflow = Workflow.Define<string, string>("bare", async (flow, _) =>
            $"{1.5} {local.Value ?? "none"} {await flow.StepAsync("step", _ => Task.FromResult(local.Value ?? "none"))} {2.5}");
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("1.5 none none 2.5");
    }

    [Fact]
    public async Task An_unknown_run_is_not_found()
    {
        var run = Worlds.Create().GetRun<string>("wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV");

        await run.Invoking(r => r.GetAsync(Limit)).Should().ThrowAsync<NotFoundException>();
        (await run.Invoking(r => r.ResultAsync(Limit)).Should().ThrowAsync<NotFoundException>())
            .Which.Code.Should().Be(ErrorCodes.RunNotFound);
    }

    [Fact]
    public async Task Who_waits_for_a_result_may_give_up_and_ask_again()
    {
        var world = await Worlds.StartAsync(Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        using var patience = new CancellationTokenSource();
        var result = run.ResultAsync(patience.Token);

        await patience.CancelAsync();

        await result.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        await world.ResumeHookAsync("go", "on", Limit);
        (await ResultAsync(world, run)).Should().Be("on");
    }

    [Fact]
    public async Task One_live_run_at_a_time_gives_the_same_results()
    {
        var workflow = Workflow.Define<int, int>("long", async (flow, number) =>
        {
            var one = await flow.StepAsync("one", _ => Task.FromResult(number));
            await flow.SleepAsync(TimeSpan.FromSeconds(1));
            var two = await flow.HookAsync<int>($"hook:{number}");
            return one + await flow.StepAsync("three", _ => Task.FromResult(two));
        });
        var world = await Worlds.StartAsync(options => options.MaxLiveRuns = 1, workflow);
        var transitions = Watch(world);
        var runs = new List<RunHandle<int>>();
        for (var number = 0; number < 20; number++)
        {
            runs.Add(await world.StartRunAsync(workflow, number, cancellationToken: Limit));
        }

        foreach (var run in runs)
        {
            await ParkedAsync(transitions, run);
        }

        Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var run in runs)
        {
            await ParkedAsync(transitions, run);
        }

        await Task.WhenAll(runs.Select((_, number) => world.ResumeHookAsync($"hook:{number}", 100, Limit)));

        var results = await Task.WhenAll(runs.Select(run => ResultAsync(world, run)));
        results.Should().Equal(Enumerable.Range(100, 20));
        runs.Sum(run => transitions.Count(TransitionKind.RunReplayed, run.RunId))
            .Should().BePositive("runs were evicted");
        await world.ShouldBeSoundAsync();
    }

    private static WorkflowDefinition<string, string> Waiting { get; } =
        Workflow.Define<string, string>("waiting", (flow, _) => flow.HookAsync<string>("go"));

    private sealed class MuteException : Exception
    {
        public override string Message => throw new NotSupportedException();
    }
}
