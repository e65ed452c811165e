using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Storage;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class ScopeConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_step_that_executes_is_told_once_its_cancellation_is_committed()
    {
        World world = null!;
        RunHandle<string> run = null!;
        var told = new TaskCompletionSource<StepStatus>();
        var workflow = CancelOnHook("told", flow => flow.StepAsync("slow", async step =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            told.SetResult((await world.Steps.GetAsync(step.RunId, step.StepId)).Status);
            return "too late";
        }));
        world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.StepStarted, run.RunId);

        await world.ResumeHookAsync("cancel", "now", Limit);

        (await told.Task.WaitAsync(Limit)).Should().Be(StepStatus.Cancelled);
        await transitions.NextAsync(TransitionKind.StepEnded, run.RunId, "slow");
        (await FinishAsync(world, run)).Should().Be("cancelled");
        transitions.Count(TransitionKind.StepStarted, run.RunId).Should().Be(1, "a cancelled step is not tried again");
    }

    [Fact]
    public async Task A_run_parks_and_goes_on_while_a_cancelled_step_takes_no_notice()
    {
        var hold = new Hold();
        var workflow = CancelOnHook("deaf", flow => flow.StepAsync("deaf", async _ =>
        {
            await hold.PassAsync();
            return "too late";
        }));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        await world.ResumeHookAsync("cancel", "now", Limit);
        await ParkedAsync(transitions, run);

        (await FinishAsync(world, run)).Should().Be("cancelled");
        hold.Release();
        await transitions.NextAsync(TransitionKind.StepEnded, run.RunId, "deaf");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_transactional_step_that_is_cancelled_while_it_waits_for_its_slot_never_begins()
    {
        var hold = new Hold();
        var workflow = CancelOnHook("blocked", BlockedAsync);
        var world = await Worlds.StartAsync(options => options.Concurrency = 1, workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();
        await world.ResumeHookAsync("begin", "now", Limit);
        while ((await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Count < 2)
        {
            await transitions.NextAsync(TransitionKind.TurnWritten, run.RunId);
        }

        var waiting = (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items[1];
        (waiting.Status, waiting.Attempt).Should().Be((StepStatus.Pending, 0), "there is no slot for it");
        await world.ResumeHookAsync("cancel", "now", Limit);
        while (!(await world.LogAsync(run.RunId)).OfType<WorkflowEvent.StepCancelled>().Any())
        {
            await transitions.NextAsync(TransitionKind.TurnWritten, run.RunId);
        }

        hold.Release();

        (await FinishAsync(world, run)).Should().Be("cancelled");
        (await world.LogAsync(run.RunId)).OfType<WorkflowEvent.StepStarted>().Should().BeEmpty();

        async Task<string> BlockedAsync(WorkflowContext flow)
        {
            var busy = flow.ShieldAsync(() => flow.StepAsync("busy", _ => hold.PassAsync()));
            await flow.HookAsync<string>("begin");
            var word = await flow.TransactionAsync("transact", (_, _) => Task.FromResult("done"));
            await busy;
            return word;
        }
    }

    [Fact]
    public async Task A_step_that_waits_for_its_next_attempt_is_not_tried_again()
    {
        var workflow = CancelOnHook("failing", flow => flow.StepAsync<string>(
            "failing", _ => throw new RetryStepException("later", TimeSpan.FromHours(1))));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("cancel", "now", Limit);
        await ParkedAsync(transitions, run);

        (await DueAtAsync(world)).Should().BeNull("nothing of it is left to wait for");
        Clock.Advance(TimeSpan.FromHours(2));
        (await FinishAsync(world, run)).Should().Be("cancelled");
        transitions.Count(TransitionKind.StepStarted, run.RunId).Should().Be(1);
        var step = (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items[0];
        step.Should().Match<WorkflowStep>(s => s.Status == StepStatus.Cancelled && s.RetryAfter == null && s.Error!.Message == "later");
    }

    [Fact]
    public async Task A_cancelled_sleep_wakes_nobody()
    {
        var workflow = CancelOnHook("sleeping", flow => flow.SleepAsync(TimeSpan.FromHours(1)));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("cancel", "now", Limit);
        await ParkedAsync(transitions, run);

        (await DueAtAsync(world)).Should().BeNull();
        (await world.Waits.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().ContainSingle()
            .Which.Status.Should().Be(WaitStatus.Cancelled);
        (await FinishAsync(world, run)).Should().Be("cancelled");
    }

    [Fact]
    public async Task The_token_of_a_cancelled_hook_is_free()
    {
        var workflow = CancelOnHook("hooked", flow => flow.HookAsync<string>("given up"));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("cancel", "now", Limit);
        await ParkedAsync(transitions, run);

        var resume = () => world.ResumeHookAsync("given up", "late", Limit);
        await resume.Should().ThrowAsync<NotFoundException>();
        (await FinishAsync(world, run)).Should().Be("cancelled");
        (await world.LogAsync(run.RunId)).OfType<WorkflowEvent.HookDisposed>().Should().ContainSingle();
    }

    [Fact]
    public async Task A_payload_between_a_cancellation_and_its_record_is_heard()
    {
        var workflow = CancelOnHook("raced", flow => flow.HookAsync<string>("raced"));
        var world = Worlds.Create(null, workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        var isFirst = true;
        database.BeforeTurn = async unit =>
        {
            if (isFirst && unit.Statements.Any(statement => statement.Text == HookSql.Dispose))
            {
                isFirst = false;
                await world.ResumeHookAsync("raced", "in time");
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("cancel", "now", Limit);

        await ParkedAsync(transitions, run);
        var log = await world.LogAsync(run.RunId);
        isFirst.Should().BeFalse();
        log.OfType<WorkflowEvent.HookReceived>().Should().HaveCount(2);
        (await FinishAsync(world, run)).Should().Be("in time", "the sender was told that it is accepted");
    }

    [Fact]
    public async Task Of_the_end_of_a_step_and_its_cancellation_the_log_has_one_and_everybody_agrees()
    {
        var workflow = Workflow.Define<string, string>("race", (flow, token) => flow.ScopeAsync(async scope =>
        {
            var step = ScopeFeatures.WordAsync(flow.StepAsync("quick", async _ =>
            {
                await Task.Yield();
                return "done";
            }));
            var transact = ScopeFeatures.WordAsync(flow.TransactionAsync("transact", (_, _) => Task.FromResult("done")));
            await flow.HookAsync<string>(token);
            scope.Cancel();
            return string.Join(' ', await Task.WhenAll(step, transact));
        }));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);

        for (var i = 0; i < 40; i++)
        {
            var run = await world.StartRunAsync(workflow, $"token {i}", cancellationToken: Limit);
            while (await world.Hooks.FindByTokenAsync($"token {i}", Limit) is null)
            {
                await transitions.NextAsync(TransitionKind.TurnWritten, run.RunId);
            }

            await world.ResumeHookAsync($"token {i}", "cancel", Limit);
            var words = (await ResultAsync(world, run)).Split(' ');

            var log = await world.LogAsync(run.RunId);
            var cancelled = log.OfType<WorkflowEvent.StepCancelled>().Select(next => next.StepId);
            cancelled.Should().Equal(words.Select((word, index) => (word, index)).Where(pair => pair.word == "cancelled")
                .Select(pair => $"step_{pair.index + 1}"));
            Replay.Given(log).When(workflow).Engine.IsOver.Should().BeTrue();
        }

        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_was_stopped_after_a_cancellation_replays()
    {
        var hold = new Hold();
        var workflow = CancelOnHook("moved", flow => flow.StepAsync("slow", async step =>
        {
            hold.Touch();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
            return "too late";
        }));
        var first = await Worlds.StartAsync(workflow);
        var transitions = Watch(first);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();
        await first.ResumeHookAsync("cancel", "now", Limit);
        await ParkedAsync(transitions, run);
        await first.StopAsync(Limit);

        transitions.Count(TransitionKind.StepStarted, run.RunId).Should().Be(1);
        await first.ShouldBeSoundAsync();
        Replay.Given(await first.LogAsync(run.RunId)).When(workflow).Then();
    }

    /// <summary>Cancels what it began when a payload comes, and then waits for another one.</summary>
    private static WorkflowDefinition<string, string> CancelOnHook(string name, Func<WorkflowContext, Task> begin) =>
        Workflow.Define<string, string>(name, async (flow, _) =>
        {
            Task<string>? word = null;
            await flow.ScopeAsync(async scope =>
            {
                word = ScopeFeatures.WordAsync(begin(flow));
                await flow.HookAsync<string>("cancel");
                scope.Cancel();
            });
            await flow.HookAsync<string>("finish");
            return await word!;
        });

    private static async Task<string> FinishAsync(World world, RunHandle<string> run)
    {
        await world.ResumeHookAsync("finish", "now", Limit);
        var result = await ResultAsync(world, run);
        await world.ShouldBeSoundAsync();
        return result;
    }

    private static async Task<long?> DueAtAsync(World world) => await world.Shared.Database.ReadAsync(
        reader => reader.ScalarAsync<long?>("SELECT max(due_at) FROM queue_messages"), Limit);
}

public sealed class SqliteFileScopeTests() : ScopeConformance(Backend.SqliteFile);

public sealed class SqliteMemoryScopeTests() : ScopeConformance(Backend.SqliteMemory);
