using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class CancelConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", (flow, token) => flow.HookAsync<string>(token));

    [Fact]
    public async Task A_run_that_waits_is_cancelled_and_its_token_is_free()
    {
        var world = await Worlds.StartAsync(Waiting);
        var run = await ParkedAsync(world, "token");

        await run.CancelAsync("changed my mind", Limit);

        await ShouldBeCancelledAsync(world, run);
        (await world.LogAsync(run.RunId))[^1].Should().BeOfType<WorkflowEvent.RunCancelled>()
            .Which.Reason.Should().Be("changed my mind");
        (await world.Hooks.FindByTokenAsync("token", Limit)).Should().BeNull();
        var resume = () => world.ResumeHookAsync("token", "late", Limit);
        await resume.Should().ThrowAsync<NotFoundException>();
        await run.CancelAsync(cancellationToken: Limit);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Nothing_of_the_code_runs_any_more_neither_clean_up_nor_undos()
    {
        var ran = new ConcurrentQueue<string>();
        var workflow = Workflow.Define<string, string>("cleaning", async (flow, token) =>
        {
            try
            {
                return await flow.SagaAsync(async saga =>
                {
                    saga.OnFailure("undo", _ => Task.Run(() => ran.Enqueue("undo")));
                    return await flow.HookAsync<string>(token);
                });
            }
            catch (Exception)
            {
                ran.Enqueue("catch");
                throw;
            }
            finally
            {
                ran.Enqueue("finally");
            }
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await run.CancelAsync(cancellationToken: Limit);

        await ShouldBeCancelledAsync(world, run);
        await world.StopAsync(Limit); // nothing of it is left to come
        ran.Should().BeEmpty();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_executes_is_told_and_what_it_does_is_not_recorded()
    {
        var begun = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        var long_ = Workflow.Define<int, int>("long", (flow, _) => flow.StepAsync("step", async step =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            told.SetResult();
            return 1;
        }));
        var world = await Worlds.StartAsync(long_);
        var run = await world.StartRunAsync(long_, 0, cancellationToken: Limit);
        await begun.Task.WaitAsync(Limit);

        await run.CancelAsync(cancellationToken: Limit);

        await told.Task.WaitAsync(Limit);
        await ShouldBeCancelledAsync(world, run);
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Single().Status.Should().Be(StepStatus.Cancelled);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_is_over_is_not_cancelled()
    {
        var quick = Workflow.Define<int, int>("quick", (flow, n) => flow.StepAsync("step", _ => Task.FromResult(n)));
        var world = await Worlds.StartAsync(quick);
        var run = await world.StartRunAsync(quick, 7, cancellationToken: Limit);
        await ResultAsync(world, run);

        var cancel = () => run.CancelAsync(cancellationToken: Limit);

        (await cancel.Should().ThrowAsync<ConflictException>()).Which.Code.Should().Be(ErrorCodes.EventConflict);
        var missing = () => world.GetRun(world.Shared.Ids.NewRunId()).CancelAsync(cancellationToken: Limit);
        await missing.Should().ThrowAsync<NotFoundException>();
    }

    [Fact]
    public async Task Runs_are_cancelled_by_what_is_known_of_them()
    {
        var other = Workflow.Define<string, string>("other", (flow, token) => flow.HookAsync<string>(token));
        var world = await Worlds.StartAsync(Waiting, other);
        var runs = new List<RunHandle<string>>();
        for (var i = 0; i < 120; i++)
        {
            runs.Add(await world.StartRunAsync(i < 110 ? Waiting : other, $"token {i}", cancellationToken: Limit));
        }

        (await world.CancelRunsAsync(new RunQuery { WorkflowName = "waiting" }, "all", Limit)).Should().Be(110);

        (await world.CancelRunsAsync(new RunQuery { WorkflowName = "waiting" }, "all", Limit)).Should().Be(0);
        (await world.Runs.CountAsync(Limit))[RunStatus.Cancelled].Should().Be(110);
        (await runs[^1].GetAsync(Limit)).Status.Should().NotBe(RunStatus.Cancelled);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Of_a_cancel_and_the_end_of_the_run_one_wins()
    {
        var quick = Workflow.Define<int, int>("quick", (flow, n) => flow.StepAsync("step", _ => Task.FromResult(n)));
        var world = await Worlds.StartAsync(quick);

        for (var i = 0; i < 50; i++)
        {
            var run = await world.StartRunAsync(quick, i, cancellationToken: Limit);
            var isCancelled = await run.CancelAsync(cancellationToken: Limit)
                .ContinueWith(cancel => cancel.IsCompletedSuccessfully, TaskScheduler.Default);
            var isCompleted = await ResultAsync(world, run)
                .ContinueWith(result => result.IsCompletedSuccessfully, TaskScheduler.Default);

            isCancelled.Should().Be(!isCompleted);
        }

        await world.ShouldBeSoundAsync();
    }

    private static async Task<RunHandle<string>> ParkedAsync(World world, string token)
    {
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, token, cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunParked, run.RunId);
        return run;
    }

    private protected static async Task ShouldBeCancelledAsync<T>(World world, RunHandle<T> run)
    {
        (await FailureAsync(world, run)).Code.Should().Be(ErrorCodes.RunCancelled);
        (await run.GetAsync(Limit)).Should().Match<WorkflowRun>(r => r.Status == RunStatus.Cancelled && r.CompletedAt != null);
    }
}
