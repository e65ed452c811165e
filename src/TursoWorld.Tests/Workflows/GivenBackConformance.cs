using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class GivenBackConformance(Backend backend) : WorkflowTests(backend)
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task An_attempt_that_the_end_of_its_world_cuts_short_is_given_back(bool wordsItAsAnotherError, bool setsClockBack)
    {
        var attempts = new ConcurrentQueue<(int Attempt, string Key)>();
        var begun = new TaskCompletionSource();
        var isSecond = false;
        var workflow = Workflow.Define<string, string>("cut", (flow, _) => flow.StepAsync(
            "slow",
            async step =>
            {
                attempts.Enqueue((step.Attempt, step.IdempotencyKey));
                begun.TrySetResult();
                if (!isSecond)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                        .ConfigureAwait(wordsItAsAnotherError ? ConfigureAwaitOptions.SuppressThrowing : ConfigureAwaitOptions.None);
                    throw new InvalidOperationException("The connection was closed.");
                }

                return "done";
            },
            new() { Retry = RetryPolicy.None }));
        var first = await Worlds.StartAsync(workflow);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit);
        await first.DisposeAsync();
        Clock.SetBack(setsClockBack ? TimeSpan.FromHours(1) : TimeSpan.Zero);
        isSecond = true;

        var second = await Worlds.StartAsync(workflow);

        (await ResultAsync(second, second.GetRun<string>(run.RunId))).Should().Be("done");
        attempts.Select(one => one.Attempt).Should().Equal(1, 1);
        attempts.Select(one => one.Key).Distinct().Should().ContainSingle();
        await second.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_a_world_gives_back_another_one_of_the_process_takes_up_at_once()
    {
        var begun = new TaskCompletionSource();
        var isSecond = false;
        var workflow = Workflow.Define<string, string>("handed-on", (flow, _) => flow.StepAsync(
            "slow",
            async step =>
            {
                begun.TrySetResult();
                await Task.Delay(isSecond ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
                return "done";
            }));
        var first = await Worlds.StartAsync(workflow);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit);
        var second = await Worlds.StartAsync(workflow);
        isSecond = true;

        await first.StopAsync(Limit);

        (await ResultAsync(second, second.GetRun<string>(run.RunId))).Should().Be("done");
    }

    [Fact]
    public async Task A_result_is_not_waited_for_in_a_world_that_is_closed()
    {
        var workflow = Workflow.Define<string, string>("open", (flow, _) => flow.HookAsync<string>("token"));
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        var before = run.ResultAsync(Limit);
        await world.DisposeAsync();

        await run.Awaiting(closed => closed.ResultAsync(Limit)).Should().ThrowAsync<ObjectDisposedException>();
        await before.Awaiting(waiting => waiting).Should().ThrowAsync<ObjectDisposedException>();
        await run.Awaiting(closed => closed.GetAsync(Limit)).Should().ThrowAsync<ObjectDisposedException>();
    }
}

public sealed class SqliteFileGivenBackTests() : GivenBackConformance(Backend.SqliteFile);
