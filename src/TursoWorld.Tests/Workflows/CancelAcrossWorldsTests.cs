using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Worlds that share nothing but the file.</summary>
public sealed class CancelAcrossWorldsTests() : WorkflowTests(Backend.SqliteFile)
{
    [Fact]
    public async Task The_owner_of_a_run_notices_that_somebody_else_has_cancelled_it()
    {
        var begun = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        var endless = Workflow.Define<int, int>("endless", (flow, _) => flow.StepAsync("step", async step =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            told.SetResult();
            return 1;
        }));
        var owner = await StartAsync(endless);
        var other = Worlds.CreateApart(WithRealTime);
        var run = await owner.StartRunAsync(endless, 0, cancellationToken: Limit);
        await begun.Task.WaitAsync(Limit);
        var waiting = FailureAsync(owner, run);

        await other.GetRun(run.RunId).CancelAsync(cancellationToken: Limit);

        await told.Task.WaitAsync(Limit);
        (await waiting).Code.Should().Be(ErrorCodes.RunCancelled);
        await owner.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_is_paused_and_resumed_by_somebody_else()
    {
        var waiting = Workflow.Define<string, string>("waiting", async (flow, token) =>
        {
            var payload = await flow.HookAsync<string>(token);
            return await flow.StepAsync("step", _ => Task.FromResult(payload));
        });
        var owner = await StartAsync(waiting);
        var other = Worlds.CreateApart(WithRealTime);
        var transitions = Watch(owner);
        var run = await owner.StartRunAsync(waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        var handle = other.GetRun(run.RunId);

        await handle.PauseAsync(Limit);
        await other.ResumeHookAsync("token", "payload", Limit);
        await handle.ResumeAsync(Limit);

        (await ResultAsync(owner, run)).Should().Be("payload");
        await owner.ShouldBeSoundAsync();
    }

    // Each looks for what the other has committed every 25 ms.
    private static void WithRealTime(WorldOptions options) => options.TimeProvider = TimeProvider.System;

    private async Task<World> StartAsync(WorkflowDefinition workflow)
    {
        var world = Worlds.CreateApart(WithRealTime, workflow);
        await world.StartAsync(Limit);
        return world;
    }
}
