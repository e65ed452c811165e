using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using TursoWorld.Turns;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>When there is work and nothing happens, something says why: the log, the health, and the run itself.</summary>
public abstract class StallConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(40);

    private static readonly WorkflowDefinition<string, string> Hello = Workflow.Define<string, string>("hello", (_, name) => Task.FromResult(name));

    private static readonly StepDefinition<string, string> Charge = Step.Define<string, string>(
        "charge", (name, _) => Task.FromResult(name), new() { Mode = StepMode.Queued });

    [Fact]
    public async Task A_world_that_was_not_started_says_so()
    {
        var world = Worlds.Create(null, Hello);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Hello, "Ada", cancellationToken: Limit);
        (await run.GetAsync(Limit)).BlockedReason.Should().BeNull("it may still be taken up");

        Clock.Advance(Overdue);

        (await ToldAsync(transitions)).Detail.Should().Contain("workflow 'hello' (version 1)").And.Contain("Call StartAsync");
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain("no process has taken it up").And.Contain("workflow 'hello' (version 1)");
        var health = await world.CheckHealthAsync(Limit);
        health.Should().BeEquivalentTo(new { IsHealthy = true, IsDegraded = true, Code = (string?)null, Problem = (string?)null });
        health.Reasons.Should().ContainSingle().Which.Should().Contain("Call StartAsync");

        await world.StartAsync(Limit);

        (await ResultAsync(world, run)).Should().Be("Ada");
        (await run.GetAsync(Limit)).BlockedReason.Should().BeNull();
        (await world.CheckHealthAsync(Limit)).Should().BeEquivalentTo(new { IsDegraded = false, Reasons = Array.Empty<string>() });
    }

    [Fact]
    public async Task A_workflow_that_was_not_registered_is_named_and_the_versions_that_are()
    {
        var world = await Worlds.StartAsync(Workflow.Define<string, string>("hello", (_, name) => Task.FromResult(name), version: 3));
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Hello, "Ada", cancellationToken: Limit);

        Clock.Advance(Overdue);

        (await ToldAsync(transitions)).Detail.Should().Contain("workflow 'hello' (version 1)")
            .And.Contain("Register the workflow").And.Contain("here it has version 3");
        world.Register(Hello);
        (await ResultAsync(world, run)).Should().Be("Ada");
    }

    [Fact]
    public async Task A_queued_step_that_nobody_has_registered_is_named_by_its_run()
    {
        var buying = Workflow.Define<string, string>("buying", (flow, name) => flow.StepAsync(Charge, name));
        var world = await Worlds.StartAsync(buying);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(buying, "Ada", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        Clock.Advance(Overdue);

        (await ToldAsync(transitions)).Detail.Should().Contain("'charge'").And.Contain("Register the step");
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain("Queued step 'charge'");
        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().ContainSingle().Which.BlockedReason.Should().Contain("Queued step 'charge'");
        world.Register(Charge);
        (await ResultAsync(world, run)).Should().Be("Ada");
    }

    [Fact]
    public async Task A_child_that_nobody_has_registered_is_named_by_its_parent()
    {
        var parent = Workflow.Define<string, string>("parent", async (flow, name) => await flow.StartChild(Hello, name).ResultAsync());
        var world = await Worlds.StartAsync(parent);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "Ada", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        Clock.Advance(Overdue);

        (await ToldAsync(transitions)).Detail.Should().Contain("workflow 'hello'");
        var child = (await world.Runs.ListAsync(new RunQuery { ParentRunId = run.RunId }, cancellationToken: Limit)).Items.Should().ContainSingle().Which;
        child.BlockedReason.Should().StartWith("The run has been due since");
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain($"Child run '{child.RunId}'").And.Contain("workflow 'hello'");
    }

    [Fact]
    public async Task Messages_without_a_handler_are_named()
    {
        var world = await Worlds.StartAsync();
        var transitions = Watch(world);
        await world.QueueAsync("mail", new byte[] { 1 }, cancellationToken: Limit);
        await world.QueueAsync("later", new byte[] { 1 }, new QueueOptions { Delay = TimeSpan.FromHours(1) }, Limit);

        Clock.Advance(Overdue);

        (await ToldAsync(transitions)).Detail.Should().Contain("queue 'mail'").And.Contain("CreateQueueHandler");
        (await world.CheckHealthAsync(Limit)).Reasons.Should().ContainSingle("what is delayed does not wait for anybody");
    }

    [Fact]
    public async Task Slots_that_nobody_gives_back_are_told_until_one_is_free()
    {
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = Workflow.Define<string, string>("slow", (flow, name) => flow.StepAsync("hang", async step =>
        {
            begun.TrySetResult();
            await go.Task.WaitAsync(step.CancellationToken);
            return name;
        }));
        var world = await Worlds.StartAsync(options => options.Concurrency = 1, slow);
        var transitions = Watch(world);
        var runs = new[] { await world.StartRunAsync(slow, "a", cancellationToken: Limit), await world.StartRunAsync(slow, "b", cancellationToken: Limit) };
        await begun.Task.WaitAsync(Limit);
        (await world.CheckHealthAsync(Limit)).IsDegraded.Should().BeFalse("a slot may be taken");

        Clock.Advance(TimeSpan.FromSeconds(61));

        (await ToldAsync(transitions)).Detail.Should().Contain("Every slot of this world").And.Contain("Concurrency");
        (await world.CheckHealthAsync(Limit)).Reasons.Should().ContainSingle();
        go.SetResult();
        (await ResultAsync(world, runs[0])).Should().Be("a");
        (await ResultAsync(world, runs[1])).Should().Be("b");
        (await world.CheckHealthAsync(Limit)).Reasons.Should().BeEmpty();
    }

    [Fact]
    public async Task The_same_reason_is_told_again_after_some_minutes_and_not_before()
    {
        var world = Worlds.Create();
        await world.StartRunAsync(Hello, "Ada", cancellationToken: Limit);
        using var logged = new LogLines("TursoWorld");
        var check = new StallCheck(new OverdueWork(world.Shared.Database, Clock), world.Parts.Slots, world.Parts.Takers, Clock);
        await using var watch = new StallWatch(check, Clock, new WorldDiagnostics(logged));
        Clock.Advance(Overdue);

        await watch.TurnAsync(Limit);
        logged.All.Should().BeEmpty("it may be about to be taken up");
        for (var look = 0; look < 30; look++)
        {
            await watch.TurnAsync(Limit);
            Clock.Advance(TimeSpan.FromSeconds(10));
        }

        logged.All.Should().ContainSingle().Which.Should().StartWith("Warning 3010: Work waits: Runs of workflow 'hello'");
        await watch.TurnAsync(Limit);
        logged.All.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_has_failed_and_hears_of_it()
    {
        var (begun, heard) = (new TaskCompletionSource(), new TaskCompletionSource());
        var world = await Worlds.StartAsync(options => options.MaxRetries = 1);
        var transitions = Watch(world);
        world.CreateQueueHandler(
            "mail",
            async (_, cancellation) =>
            {
                cancellation.Register(heard.SetResult);
                begun.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
                return QueueResult.Done;
            },
            new() { Timeout = TimeSpan.FromSeconds(5) });
        var id = await world.QueueAsync("mail", new byte[] { 1 }, cancellationToken: Limit);
        await begun.Task.WaitAsync(Limit);

        Clock.Advance(TimeSpan.FromSeconds(5));

        await transitions.NextAsync(TransitionKind.MessageDead, id);
        await heard.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_and_does_not_listen_keeps_its_slot_and_nothing_else()
    {
        var (begun, go, deliveries) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        var world = await Worlds.StartAsync(options => (options.MaxRetries, options.Concurrency) = (1, 1));
        var transitions = Watch(world);
        world.CreateQueueHandler(
            "mail",
            async (_, _) =>
            {
                if (Interlocked.Increment(ref deliveries) == 1)
                {
                    begun.SetResult();
                    await go.Task;
                }

                return QueueResult.Done;
            },
            new() { Timeout = TimeSpan.FromSeconds(5) });
        var first = await world.QueueAsync("mail", new byte[] { 1 }, cancellationToken: Limit);
        await begun.Task.WaitAsync(Limit);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await transitions.NextAsync(TransitionKind.MessageDead, first);
        var second = await world.QueueAsync("mail", new byte[] { 2 }, cancellationToken: Limit);
        Volatile.Read(ref deliveries).Should().Be(1);

        go.SetResult();

        await transitions.NextAsync(TransitionKind.MessageCompleted, second);
        (await world.Queues.ListDeadAsync("mail", null, Limit)).Items.Should().ContainSingle().Which.MessageId.Should().Be(first);
    }

    /// <summary>What is logged next. The clock goes on: a look that fails, perhaps because the clock has jumped, is repeated after a second.</summary>
    private Task<Transition> ToldAsync(Transitions transitions) =>
        AdvanceUntilAsync(transitions.NextAsync(TransitionKind.WorkWaits), TimeSpan.FromSeconds(1));
}
