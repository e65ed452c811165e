using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class GivenBackConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task An_attempt_that_the_end_of_its_world_cuts_short_is_given_back()
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
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
                }

                return "done";
            },
            new() { Retry = RetryPolicy.None }));
        var first = await Worlds.StartAsync(workflow);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit);
        await first.DisposeAsync();
        isSecond = true;

        var second = await Worlds.StartAsync(workflow);

        (await ResultAsync(second, second.GetRun<string>(run.RunId))).Should().Be("done");
        attempts.Select(one => one.Attempt).Should().Equal(1, 1);
        attempts.Select(one => one.Key).Distinct().Should().ContainSingle();
        await second.ShouldBeSoundAsync();
    }
}

public sealed class SqliteFileGivenBackTests() : GivenBackConformance(Backend.SqliteFile);
