using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class ForEachConformance(Backend backend) : WorkflowTests(backend)
{
    private const int Many = 10_000;

    [Fact]
    public async Task Ten_thousand_items_are_worked_on_once_each_so_many_at_once()
    {
        var (running, most, executions) = (0, 0, 0);
        var workflow = Workflow.Define<int, long>("many", async (flow, count) =>
        {
            var results = await flow.ForEachAsync(Enumerable.Range(0, count), 64, item => flow.StepAsync("item", async _ =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref running));
                Interlocked.Increment(ref executions);
                await Task.Yield();
                Interlocked.Decrement(ref running);
                return item;
            }));
            return results.Select((result, index) => result == index ? 1L : 0L).Sum();
        });
        var world = await Worlds.StartAsync(options => options.Concurrency = 1_000, workflow);

        var run = await world.StartRunAsync(workflow, Many, cancellationToken: Limit);

        (await run.ResultAsync(Limit)).Should().Be(Many);
        executions.Should().Be(Many);
        most.Should().BeInRange(1, 64);
        (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task Ten_thousand_steps_may_be_begun_at_once()
    {
        var workflow = Workflow.Define<int, long>("fan-out", async (flow, count) => (await Task.WhenAll(
            Enumerable.Range(0, count).Select(item => flow.StepAsync("item", _ => Task.FromResult((long)item))))).Sum());
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, Many, cancellationToken: Limit);

        (await run.ResultAsync(Limit)).Should().Be((long)Many * (Many - 1) / 2);
        (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task The_first_failure_cancels_what_has_begun_and_nothing_else_begins()
    {
        var workflow = Workflow.Define<string, string>("failing", async (flow, _) =>
        {
            await flow.ForEachAsync(Enumerable.Range(0, 100), 4, item => flow.StepAsync($"{item}", async step =>
            {
                if (item == 2)
                {
                    throw new FatalStepException("two");
                }

                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
            }));
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        var failure = await FailureAsync(world, run);

        failure.Error!.Message.Should().Be("two");
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Select(step => step.Status).Should().Equal(
            StepStatus.Cancelled, StepStatus.Cancelled, StepStatus.Failed, StepStatus.Cancelled);
        (await world.LogAsync(run.RunId)).OfType<WorkflowEvent.StepCancelled>().Should().HaveCount(3);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Failures_are_collected_when_that_is_asked_for()
    {
        var workflow = Workflow.Define<string, string>("collecting", async (flow, _) =>
        {
            await flow.ForEachAsync(
                Enumerable.Range(0, 20),
                3,
                item => flow.StepAsync($"{item}", _ => item % 5 == 0 ? throw new FatalStepException("five") : Task.FromResult(item)),
                OnItemFailure.Collect);
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        var failure = await FailureAsync(world, run);

        failure.Error!.Should().Match<StructuredError>(error =>
            error.Code == ErrorCodes.ItemsFailed && error.Message.StartsWith("4 of 20 items failed"));
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().HaveCount(20);
        await world.ShouldBeSoundAsync();
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}

public sealed class SqliteFileForEachTests() : ForEachConformance(Backend.SqliteFile);

public sealed class SqliteMemoryForEachTests() : ForEachConformance(Backend.SqliteMemory);
