using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using TursoWorld.Turns;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Queued steps on a database that refuses, does not answer, or has given their lease to somebody else.</summary>
public sealed class QueuedStepFaultTests() : WorkflowTests(Backend.SqliteFile)
{
    private static readonly StepOptions Queued = new() { Mode = StepMode.Queued, Retry = RetryPolicy.Fixed(3, TimeSpan.Zero) };

    private int _executions;

    [Fact]
    public async Task A_turn_that_asks_for_a_step_and_is_written_without_an_answer_is_executed_once()
    {
        var (world, database) = await CreateAsync();
        var lose = Once(unit => WrittenTurn.Has(unit, StepMessageSql.EnqueueStep), ErrorCodes.OutcomeUnknown);
        database.AfterTurn = unit => lose(unit);

        await ShouldCountToOneAsync(world);
    }

    [Fact]
    public async Task A_beginning_that_is_written_without_an_answer_is_the_first_and_only_attempt()
    {
        var (world, database) = await CreateAsync();
        database.AfterUnit = Once(unit => WrittenTurn.Has(unit, StepMessageSql.ClaimStep), ErrorCodes.OutcomeUnknown);

        await ShouldCountToOneAsync(world);
    }

    [Fact]
    public async Task A_beginning_that_is_refused_is_tried_again()
    {
        var (world, database) = await CreateAsync();
        database.BeforeUnit = Once(unit => WrittenTurn.Has(unit, StepMessageSql.ClaimStep), ErrorCodes.DiskFull);

        await ShouldCountToOneAsync(world);
    }

    [Fact]
    public async Task An_end_that_is_refused_is_written_later_and_its_step_not_executed_again()
    {
        var (world, database) = await CreateAsync();
        database.BeforeUnit = Once(unit => WrittenTurn.EndsStep(unit), ErrorCodes.DiskFull);

        await ShouldCountToOneAsync(world);
    }

    [Fact]
    public async Task An_end_that_is_written_without_an_answer_is_not_doubled()
    {
        var (world, database) = await CreateAsync();
        database.AfterUnit = Once(unit => WrittenTurn.EndsStep(unit), ErrorCodes.OutcomeUnknown);

        await ShouldCountToOneAsync(world);
    }

    [Fact]
    public async Task A_worker_that_has_lost_the_lease_writes_nothing()
    {
        var hold = new Hold();
        var slow = Step.Define<int, string>("slow", async (n, step) =>
        {
            if (step.Attempt == 1)
            {
                await hold.PassAsync();
            }

            return $"{n} in {step.Attempt}";
        }, Queued);
        var workflow = Workflow.Define<int, string>("calling", (flow, n) => flow.StepAsync(slow, n));
        var world = await Worlds.StartAsync(workflow);
        world.Register(slow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);
        await hold.ReachedAsync();

        await EndLeasesAsync(world);

        (await ResultAsync(world, run)).Should().Be("1 in 2");
        hold.Release();
        await transitions.NextAsync(TransitionKind.StepEnded, run.RunId);
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Select(attempt => attempt.Status)
            .Should().Equal(StepAttemptStatus.Interrupted, StepAttemptStatus.Completed);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Whoever_executes_a_step_notices_what_another_process_has_done_with_it()
    {
        TaskCompletionSource<CancellationCause>[] causes = [new(), new(), new()];
        var begun = new SemaphoreSlim(0);
        var endless = Step.Define<int, int>("endless", async (n, step) =>
        {
            if (step.Attempt > 1)
            {
                return n + 10; // whoever is faster may begin it anew
            }

            begun.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            causes[n].SetResult(step.CancellationCause);
            return n;
        }, Queued);
        var elsewhere = Step.Define<int, int>("endless", (n, _) => Task.FromResult(n + 10), Queued);
        var workflow = Workflow.Define<int, int>("calling", async (flow, n) =>
        {
            var result = await flow.StepAsync(endless, n);
            await flow.HookAsync<string>($"end {n}"); // who has lost the step is to find its run going on
            return result;
        });
        var executing = Worlds.CreateApart(WithRealTime);
        executing.Register(endless);
        await executing.StartAsync(Limit);
        var giving = Workflow.Define<int, string>("giving-up", async (flow, n) =>
        {
            await flow.ScopeAsync(async scope =>
            {
                _ = flow.StepAsync(endless, n);
                await flow.HookAsync<string>("give up");
                scope.Cancel();
            });
            return await flow.HookAsync<string>("end");
        });
        var other = Worlds.CreateApart(WithRealTime, workflow, giving);
        await other.StartAsync(Limit);
        var transitions = Watch(other);
        RunHandle<int>[] runs =
        [
            await other.StartRunAsync(workflow, 0, cancellationToken: Limit),
            await other.StartRunAsync(workflow, 1, cancellationToken: Limit),
        ];
        var third = await other.StartRunAsync(giving, 2, cancellationToken: Limit);
        for (var i = 0; i < 3; i++)
        {
            await begun.WaitAsync(Limit);
        }

        await other.ResumeHookAsync("give up", "", Limit);
        (await causes[2].Task.WaitAsync(Limit)).Should().Be(CancellationCause.StepCancelled);
        (await third.GetAsync(Limit)).Status.Should().Be(RunStatus.Running);
        await runs[0].CancelAsync(cancellationToken: Limit);
        (await causes[0].Task.WaitAsync(Limit)).Should().Be(CancellationCause.RunEnded);
        other.Register(elsewhere);
        await EndLeasesAsync(other);

        (await causes[1].Task.WaitAsync(Limit)).Should().Be(CancellationCause.LeaseLost);
        while (await other.Hooks.FindByTokenAsync("end 1", Limit) is null)
        {
            await ParkedAsync(transitions, runs[1]);
        }

        await other.ResumeHookAsync("end 1", "", Limit);
        (await ResultAsync(other, runs[1])).Should().Be(11);
        await other.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_cannot_be_read_here_waits_for_somebody_who_can()
    {
        AesGcmCodec key = new("k", new Dictionary<string, byte[]> { ["k"] = new byte[32] });
        var echo = Step.Define<string, string>("echo", (input, step) => Task.FromResult($"{input} {step.Attempt}"), Queued);
        var workflow = Workflow.Define<string, string>("calling", (flow, input) => flow.StepAsync(echo, input));
        var owner = Worlds.CreateApart(options => options.Codecs = [key], workflow);
        await owner.StartAsync(Limit);
        var parked = Watch(owner);
        var run = await owner.StartRunAsync(workflow, "secret", cancellationToken: Limit);
        await ParkedAsync(parked, run);
        await owner.StopAsync(Limit);

        var without = Worlds.CreateApart();
        var failed = Watch(without);
        without.Register(echo);
        await without.StartAsync(Limit);
        await failed.NextAsync(TransitionKind.MessageFailed);
        await without.StopAsync(Limit);
        var with = Worlds.CreateApart(options => options.Codecs = [key], workflow);
        with.Register(echo);
        await with.StartAsync(Limit);
        Clock.Advance(TimeSpan.FromSeconds(2));

        (await ResultAsync(with, with.GetRun<string>(run.RunId))).Should().Be("secret 1");
        await with.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Whoever_finds_a_step_and_is_slow_to_begin_it_does_not_lose_it_for_the_others()
    {
        var echo = Step.Define<int, string>("echo", (n, step) => Task.FromResult($"{n} in {step.Attempt}"), Queued);
        var workflow = Workflow.Define<int, string>("calling", (flow, n) => flow.StepAsync(echo, n));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        var shared = world.Shared;
        var steps = new QueuedSteps(
            shared.Database,
            new RunStates(shared.Database),
            new EventStore(shared.Database, PayloadCodecs.None),
            new ClaimOwner(shared.WorkerId, TimeSpan.FromHours(1)),
            PayloadCodecs.None,
            shared.Hub,
            shared.Ids,
            Clock);
        var first = new WorkflowEvent.StepStarted("step_1", 1) { Position = 0, CreatedAt = Clock.GetUtcNow() };
        var found = (await steps.ListDueAsync([echo.Key], ClaimRoom.For(1), Limit)).Single();

        var claim = await steps.BeginAsync(found, first, Limit); // by somebody who is faster, and whose attempt fails
        var retry = new WorkflowEvent.StepRetrying("step_1", 1, Clock.GetUtcNow(), null) { Position = 0, CreatedAt = Clock.GetUtcNow() };
        (await steps.EndAsync(claim!, retry, Limit)).Should().Be(TurnOutcome.Written);
        (await steps.BeginAsync(found, first, Limit)).Should().BeNull();
        world.Register(echo);

        (await ResultAsync(world, run)).Should().Be("1 in 2");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Nothing_is_written_while_nothing_is_due()
    {
        var world = Worlds.Create();
        var database = await FaultyDatabase.InstallAsync(world);
        world.Register([.. Enumerable.Range(0, 100).Select(i => Step.Define<int, int>($"step-{i}", (n, _) => Task.FromResult(n)))]);
        await world.StartAsync(Limit);
        var (writes, reads) = (0, database.Reads);
        database.BeforeUnit = _ => Interlocked.Increment(ref writes);

        for (var i = 0; i < 20; i++)
        {
            world.Shared.Hub.SignalChangedElsewhere();
            await world.Parts.StepPoller.TurnAsync(Limit);
        }

        writes.Should().Be(0);
        database.Reads.Should().BeGreaterThanOrEqualTo(reads + 20);
    }

    private static Action<Unit> Once(Func<Unit, bool> accepts, string code)
    {
        var isDone = 0;
        return unit =>
        {
            if (accepts(unit) && Interlocked.Exchange(ref isDone, 1) == 0)
            {
                throw FaultyDatabase.Fault(code);
            }
        };
    }

    // Each looks for what the other has committed every 25 ms.
    private static void WithRealTime(WorldOptions options) => options.TimeProvider = TimeProvider.System;

    private static async Task EndLeasesAsync(World world)
    {
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(QueueSql.EndAllLeases)), Limit)).ThrowUnlessCommitted();
        world.Shared.Hub.SignalMessagesChanged();
        world.Shared.Hub.SignalStepsChanged();
    }

    private async Task<(World World, FaultyDatabase Database)> CreateAsync()
    {
        var world = Worlds.Create(options => options.TimeProvider = new HastyTimeProvider());
        return (world, await FaultyDatabase.InstallAsync(world));
    }

    private async Task ShouldCountToOneAsync(World world)
    {
        var count = Step.Define<int, int>("count", (_, _) => Task.FromResult(Interlocked.Increment(ref _executions)), Queued);
        var workflow = Workflow.Define<int, int>("counting", (flow, n) => flow.StepAsync(count, n));
        world.Register(workflow);
        world.Register(count);
        await world.StartAsync(Limit);

        var run = await world.StartRunAsync(workflow, 0, cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be(1);
        _executions.Should().Be(1);
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Attempt.Should().Be(1);
        await world.ShouldBeSoundAsync();
    }
}
