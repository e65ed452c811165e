using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Storage;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class PauseConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", async (flow, token) =>
        {
            var payload = await flow.HookAsync<string>(token);
            return await flow.StepAsync("step", _ => Task.FromResult(payload));
        });

    [Fact]
    public async Task A_hook_is_received_while_the_run_is_paused_and_takes_effect_when_it_is_resumed()
    {
        var world = await Worlds.StartAsync(Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await ParkedAfterAsync(transitions, run, () => run.PauseAsync(Limit));
        await ParkedAfterAsync(transitions, run, () => world.ResumeHookAsync("token", "payload", Limit));

        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Paused);
        (await world.LogAsync(run.RunId)).Select(e => e.GetType().Name)
            .Should().Equal("RunCreated", "RunStarted", "HookCreated", "RunPaused", "HookReceived");
        await run.PauseAsync(Limit);
        await run.ResumeAsync(Limit);
        (await ResultAsync(world, run)).Should().Be("payload");
        (await world.LogAsync(run.RunId)).Count(e => e is WorkflowEvent.RunPaused).Should().Be(1);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_executes_is_recorded_and_the_next_begins_when_the_run_is_resumed()
    {
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var two = Workflow.Define<int, int>("two", async (flow, _) =>
        {
            var one = await flow.StepAsync("one", async _ =>
            {
                begun.SetResult();
                await go.Task;
                return 1;
            });
            return one + await flow.StepAsync("two", _ => Task.FromResult(1));
        });
        var world = await Worlds.StartAsync(two);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(two, 0, cancellationToken: Limit);
        await begun.Task.WaitAsync(Limit);

        await run.PauseAsync(Limit);
        go.SetResult();
        await transitions.NextAsync(TransitionKind.StepEnded, run.RunId);
        await LogHasAsync<WorkflowEvent.StepCompleted>(world, run);

        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().ContainSingle()
            .Which.Status.Should().Be(StepStatus.Completed);
        await run.ResumeAsync(Limit);
        (await ResultAsync(world, run)).Should().Be(2);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_sleep_that_ends_while_the_run_is_paused_takes_effect_when_it_is_resumed()
    {
        var sleeping = Workflow.Define<int, DateTimeOffset>("sleeping", async (flow, _) =>
        {
            await flow.SleepAsync(TimeSpan.FromMinutes(1));
            return flow.Now;
        });
        var world = await Worlds.StartAsync(sleeping);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(sleeping, 0, cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        var began = Clock.GetUtcNow();

        await ParkedAfterAsync(transitions, run, () => run.PauseAsync(Limit));
        Clock.Advance(TimeSpan.FromHours(1));
        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Paused);
        await run.ResumeAsync(Limit);

        (await ResultAsync(world, run)).Should().Be(began + TimeSpan.FromHours(1));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_was_paused_before_it_began_begins_when_it_is_resumed()
    {
        var stored = Worlds.Create();
        var run = await stored.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await run.PauseAsync(Limit);
        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Paused);

        await run.ResumeAsync(Limit);

        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Pending);
        stored.Register(Waiting);
        var transitions = Watch(stored);
        await stored.StartAsync(Limit);
        await ParkedAsync(transitions, run);
        await stored.ResumeHookAsync("token", "payload", Limit);
        (await ResultAsync(stored, run)).Should().Be("payload");
        await stored.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_pause_that_overtakes_the_first_turn_holds_until_the_run_is_resumed()
    {
        var world = Worlds.Create(null, Waiting);
        var database = await FaultyDatabase.InstallAsync(world);
        RunHandle<string>? run = null;
        var (stored, isFirst) = (new TaskCompletionSource(), true);
        database.BeforeTurn = async unit =>
        {
            if (isFirst && unit.Statements.Any(statement => statement.Text == RunSql.Start))
            {
                isFirst = false;
                await stored.Task;
                await run!.PauseAsync(Limit); // set before the source is
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);

        run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        stored.SetResult();
        await ParkedAsync(transitions, run);

        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Paused);
        await world.ShouldBeSoundAsync();
        await run.ResumeAsync(Limit);
        await ParkedAsync(transitions, run);
        await world.ResumeHookAsync("token", "payload", Limit);
        (await ResultAsync(world, run)).Should().Be("payload");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_pause_that_comes_before_the_end_is_written_keeps_the_run_from_ending()
    {
        var ending = Workflow.Define<string, string>("ending", (flow, token) => flow.HookAsync<string>(token));

        var log = await PausedBeforeAsync(ending, "run_completed");

        log.Select(e => e.GetType().Name).Should().Equal(
            "RunCreated", "RunStarted", "HookCreated", "HookReceived", "RunPaused", "RunResumed", "RunCompleted");
    }

    [Fact]
    public async Task A_pause_that_comes_before_a_step_is_written_keeps_it_from_beginning()
    {
        var log = await PausedBeforeAsync(Waiting, "step_created");

        log.Select(e => e.GetType().Name).Should().Equal(
            "RunCreated", "RunStarted", "HookCreated", "HookReceived", "RunPaused", "RunResumed",
            "StepCreated", "StepCompleted", "RunCompleted");
    }

    [Fact]
    public async Task A_paused_run_can_be_cancelled()
    {
        var world = await Worlds.StartAsync(Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        await run.PauseAsync(Limit);

        await run.CancelAsync(cancellationToken: Limit);

        (await FailureAsync(world, run)).Code.Should().Be(ErrorCodes.RunCancelled);
        await world.ShouldBeSoundAsync();
    }

    /// <summary>A pause between the decision that follows a payload and its writing; then the run is resumed.</summary>
    private async Task<IReadOnlyList<WorkflowEvent>> PausedBeforeAsync(WorkflowDefinition<string, string> workflow, string eventType)
    {
        var world = Worlds.Create(null, workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        RunHandle<string>? run = null;
        var isFirst = true;
        database.BeforeTurn = async unit =>
        {
            if (isFirst && WrittenTurn.Appends(unit, eventType))
            {
                isFirst = false;
                await run!.PauseAsync(Limit); // it waits for the payload, so it has been started
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);
        run = await world.StartRunAsync(workflow, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("token", "payload", Limit);
        await ParkedAsync(transitions, run);

        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Paused);
        await world.ShouldBeSoundAsync();
        await run.ResumeAsync(Limit);
        (await ResultAsync(world, run)).Should().Be("payload");
        await world.ShouldBeSoundAsync();
        return await world.LogAsync(run.RunId);
    }

    /// <summary>The run is woken by something, finds that it is paused, and parks again.</summary>
    private static async Task ParkedAfterAsync(Transitions transitions, RunHandle run, Func<Task> wake)
    {
        await wake();
        await ParkedAsync(transitions, run);
    }

    private static async Task LogHasAsync<T>(World world, RunHandle run)
        where T : WorkflowEvent
    {
        while (!(await world.LogAsync(run.RunId)).OfType<T>().Any())
        {
            Limit.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
