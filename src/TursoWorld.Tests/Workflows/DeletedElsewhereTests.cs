using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A database in memory has one process, so this is about files.</summary>
public sealed class DeletedElsewhereTests() : WorkflowTests(Backend.SqliteFile)
{
    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", async (flow, token) =>
        {
            await flow.SleepAsync(TimeSpan.FromMilliseconds(1));
            return await flow.HookAsync<string>(token);
        });

    [Fact]
    public async Task Whoever_waits_for_a_run_that_another_process_deletes_is_told()
    {
        var world = await Worlds.StartAsync(Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await ParkedAsync(transitions, run);
        var elsewhere = await Worlds.StartApartAsync();
        var result = elsewhere.GetRun<string>(run.RunId).ResultAsync(Limit);
        await world.ResumeHookAsync("token", "payload", Limit);
        await ResultAsync(world, run);

        // The clock that the other one looks by stands still: it sees the end and the deletion at once.
        await world.Runs.DeleteAsync(run.RunId, Limit);
        Clock.Advance(TimeSpan.FromMilliseconds(60));

        await FluentActions.Awaiting(() => result).Should().ThrowAsync<NotFoundException>();
    }

    [Fact]
    public async Task Whoever_executes_a_run_that_another_process_cancels_and_deletes_drops_it_at_once()
    {
        var (begun, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        var endless = Workflow.Define<int, int>("endless", (flow, _) => flow.StepAsync("step", async step =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            told.SetResult();
            return 1;
        }));
        var owner = await Worlds.StartApartAsync(endless);
        var transitions = Watch(owner);
        var elsewhere = Worlds.CreateApart();
        var run = await owner.StartRunAsync(endless, 0, cancellationToken: Limit);
        await begun.Task.WaitAsync(Limit);
        var result = run.ResultAsync(Limit);

        // The clock that the owner looks by stands still: it finds neither the end nor the run.
        await elsewhere.GetRun(run.RunId).CancelAsync(cancellationToken: Limit);
        await elsewhere.Runs.DeleteAsync(run.RunId, Limit);
        Clock.Advance(TimeSpan.FromMilliseconds(60));

        await transitions.NextAsync(TransitionKind.LeaseLost);
        await told.Task.WaitAsync(Limit);
        await FluentActions.Awaiting(() => result).Should().ThrowAsync<NotFoundException>();
        await owner.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_is_deleted_while_its_process_has_forgotten_it_is_dropped()
    {
        var world = Worlds.Create(null, Waiting);
        var database = await FaultyDatabase.InstallAsync(world);
        var isFirst = true;
        RunHandle<string>? run = null;
        database.BeforeTurn = async unit =>
        {
            if (isFirst && WrittenTurn.Appends(unit, "wait_completed"))
            {
                isFirst = false;
                await run!.CancelAsync(cancellationToken: Limit); // it has slept, so it has been started
                await world.Runs.DeleteAsync(run.RunId, Limit);
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);
        run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        Clock.Advance(TimeSpan.FromSeconds(1));

        await transitions.NextAsync(TransitionKind.LeaseLost);
        transitions.Count(TransitionKind.MessageFailed, $"msg_{run.RunId[5..]}").Should().Be(0);
        await world.ShouldBeSoundAsync();
    }
}
