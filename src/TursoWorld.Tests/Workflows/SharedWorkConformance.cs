using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Two worlds that share nothing but the database, and more work than one of them has slots for.</summary>
public abstract class SharedWorkConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task Runs_that_wait_for_slots_go_to_a_world_that_has_some()
    {
        var isSharing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var busy = Worlds.CreateApart(WithOneSlot, Work(() => isSharing.Task));
        await busy.StartAsync(Limit);
        var runs = new List<RunHandle<int>>();
        for (var i = 0; i < 5; i++)
        {
            runs.Add(await busy.StartRunAsync(Work(() => Task.CompletedTask), i, cancellationToken: Limit));
        }

        // The only slot of the first world is held until the second one has executed a step.
        var idle = Worlds.CreateApart(WithOneSlot, Work(() =>
        {
            isSharing.TrySetResult();
            return Task.CompletedTask;
        }));
        await idle.StartAsync(Limit);

        foreach (var run in runs)
        {
            await ResultAsync(busy, run);
        }

        await busy.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_waits_for_a_slot_is_pending_and_is_given_back_uncounted()
    {
        var hold = new Hold();
        var once = Workflow.Define<int, int>("once", (flow, input) => flow.StepAsync(
            "step",
            async _ =>
            {
                await hold.PassAsync();
                return input;
            },
            new() { Retry = RetryPolicy.None }));
        var first = await Worlds.StartAsync(options => options.Concurrency = 1, once);
        var transitions = Watch(first);
        var running = await first.StartRunAsync(once, 1, cancellationToken: Limit);
        await hold.ReachedAsync();
        var waiting = await first.StartRunAsync(once, 2, cancellationToken: Limit);
        await transitions.NextAsync(Diagnostics.TransitionKind.TurnWritten, waiting.RunId);

        var step = (await first.Steps.ListAsync(waiting.RunId, cancellationToken: Limit)).Items.Single();
        (step.Status, step.Attempt, step.StartedAt).Should().Be((StepStatus.Pending, 0, null));
        (await first.Steps.ListAttemptsAsync(waiting.RunId, step.StepId, Limit)).Should().BeEmpty();
        await first.ShouldBeSoundAsync();
        hold.Release();

        (await ResultAsync(first, running)).Should().Be(1);
        (await ResultAsync(first, waiting)).Should().Be(2);
        await first.ShouldBeSoundAsync();
    }

    private static WorkflowDefinition<int, int> Work(Func<Task> work) => Workflow.Define<int, int>("work", async (flow, input) =>
    {
        await flow.StepAsync("step", _ => work());
        return input;
    });

    private static void WithOneSlot(WorldOptions options) =>
        (options.Concurrency, options.TimeProvider) = (1, TimeProvider.System);
}
