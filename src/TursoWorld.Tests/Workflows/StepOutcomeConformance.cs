using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>How steps and their runs end is the same whoever executes the steps, down to attempts and effects.</summary>
public abstract class StepOutcomeConformance(Backend backend, StepMode mode) : WorkflowTests(backend)
{
    private readonly ConcurrentQueue<string> _ledger = new();

    [Fact]
    public async Task Happy_at_the_second_attempt()
    {
        var twice = Step.Define<int, Answer>("twice", (value, step) => step.Attempt == 1
            ? throw new InvalidOperationException("not yet")
            : Task.FromResult(new Answer(value * 2, step.Attempt, $"Workflow succeeded after {step.Attempt} attempts")));
        var workflow = Calling(twice, RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)));
        var world = await StartAsync(workflow, twice);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 21, cancellationToken: Limit);
        await AdvanceToRetryAsync(transitions);

        (await ResultAsync(world, run)).Should().Be(new Answer(42, 2, "Workflow succeeded after 2 attempts"));
        var attempts = await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit);
        attempts.Select(attempt => (attempt.Attempt, attempt.Status))
            .Should().Equal((1, StepAttemptStatus.Failed), (2, StepAttemptStatus.Completed));
        (attempts[1].StartedAt - attempts[0].EndedAt!.Value).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Unhappy_at_every_attempt()
    {
        var never = Step.Define<int, Answer>("never", (_, step) => throw new InvalidOperationException($"no {step.Attempt}"));
        var workflow = Calling(never, RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)));
        var world = await StartAsync(workflow, never);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 5, cancellationToken: Limit);
        await AdvanceToRetryAsync(transitions);
        await AdvanceToRetryAsync(transitions);

        (await FailureAsync(world, run)).Error!.Message.Should().Contain("no 3");
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit))
            .Select(attempt => $"{attempt.Attempt} {attempt.Status} {attempt.Error!.Message}")
            .Should().Equal("1 Failed no 1", "2 Failed no 2", "3 Failed no 3");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Cancelled_before_any_step()
    {
        var never = Step.Define<int, Answer>("never", (_, _) => throw new NotSupportedException());
        var workflow = Workflow.Define<int, Answer>("cancelling", (flow, value) => value < 0
            ? throw new CancelRunException("negative")
            : flow.StepAsync(never, value, new() { Mode = mode }));
        var world = await StartAsync(workflow, never);

        var run = await world.StartRunAsync(workflow, -1, cancellationToken: Limit);

        (await FailureAsync(world, run)).Should().Match<RunEndedException>(exception =>
            exception.Code == ErrorCodes.WorkflowCancelled && exception.CancelReason == "negative");
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().BeEmpty();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_without_retries_runs_once_although_its_message_is_delivered_twice()
    {
        var hold = new Hold();
        var once = Step.Define<int, Answer>("once", async (value, step) =>
        {
            _ledger.Enqueue(step.IdempotencyKey);
            await hold.PassAsync();
            return new Answer(value, step.Attempt, "late");
        });
        var workflow = Calling(once, RetryPolicy.None);
        var world = await StartAsync(workflow, once);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);
        await hold.ReachedAsync();
        await EndLeasesAsync(world);

        (await FailureAsync(world, run)).Error!.Message.Should().Contain("went away");
        hold.Release();
        _ledger.Should().ContainSingle();
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Single()
            .Should().BeEquivalentTo(new { Status = StepAttemptStatus.Interrupted, Attempt = 1 });
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_undo_happens_once_for_all_attempts_that_failed()
    {
        var options = new StepOptions { Mode = mode, Retry = RetryPolicy.Fixed(4, TimeSpan.Zero) };
        var (reserve, undo) = (Writing("reserve"), Writing("undo-charge"));
        var charge = Step.Define<int, string>("charge", (_, step) =>
        {
            _ledger.Enqueue($"charge {step.IdempotencyKey}");
            throw new InvalidOperationException("declined");
        });
        var workflow = Workflow.Define<int, string>("ordering", (flow, n) => flow.SagaAsync(async saga =>
        {
            await flow.StepAsync(reserve, n, options);
            saga.OnFailure(() => flow.StepAsync(undo, n, options));
            return await flow.StepAsync(charge, n, options);
        }));
        var world = await StartAsync(workflow, reserve, charge, undo);

        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);

        (await FailureAsync(world, run)).Error!.Message.Should().Contain("declined");
        var charged = $"charge {run.RunId}:step_2";
        _ledger.Should().Equal(
            $"reserve {run.RunId}:step_1", charged, charged, charged, charged, $"undo-charge {run.RunId}:step_3");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_poisoned_shard_takes_no_other_with_it()
    {
        var shard = Step.Define<int, int>("shard", (n, step) =>
        {
            if (n == 2)
            {
                throw new FatalStepException("poisoned");
            }

            _ledger.Enqueue($"{n} {step.IdempotencyKey}");
            return Task.FromResult(n);
        });
        var workflow = Workflow.Define<int, string>("fan-out", async (flow, count) =>
        {
            var shards = await Task.WhenAll(
                Enumerable.Range(0, count).Select(n => flow.TryStepAsync(shard, n, new() { Mode = mode })));
            return string.Join(' ', shards.Select(one => one.IsSuccess ? $"{one.Value}" : one.Error.Message));
        });
        var world = await StartAsync(workflow, shard);

        var run = await world.StartRunAsync(workflow, 5, cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("0 1 poisoned 3 4");
        _ledger.Should().BeEquivalentTo(
            $"0 {run.RunId}:step_1", $"1 {run.RunId}:step_2", $"3 {run.RunId}:step_4", $"4 {run.RunId}:step_5");
        await world.ShouldBeSoundAsync();
    }

    private async Task<World> StartAsync(WorkflowDefinition workflow, params StepDefinition[] steps)
    {
        var world = await Worlds.StartAsync(workflow);
        world.Register(steps);
        return world;
    }

    private WorkflowDefinition<int, Answer> Calling(StepDefinition<int, Answer> step, RetryPolicy retry) =>
        Workflow.Define<int, Answer>("calling", (flow, value) => flow.StepAsync(step, value, new() { Mode = mode, Retry = retry }));

    private StepDefinition<int, string> Writing(string name) => Step.Define<int, string>(name, (_, step) =>
    {
        _ledger.Enqueue($"{name} {step.IdempotencyKey}");
        return Task.FromResult("");
    });

    private async Task AdvanceToRetryAsync(Transitions transitions)
    {
        await transitions.NextAsync(mode == StepMode.Inline ? TransitionKind.RunParked : TransitionKind.MessagePostponed);
        Clock.Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>As somebody does who finds that the owner of the leases is gone.</summary>
    private static async Task EndLeasesAsync(World world)
    {
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(QueueSql.EndAllLeases)), Limit)).ThrowUnlessCommitted();
        world.Shared.Hub.SignalMessagesChanged();
        world.Shared.Hub.SignalStepsChanged();
    }

    private sealed record Answer(int Result, int FinalAttempt, string Message);
}

public sealed class SqliteFileInlineOutcomeTests() : StepOutcomeConformance(Backend.SqliteFile, StepMode.Inline);

public sealed class SqliteMemoryInlineOutcomeTests() : StepOutcomeConformance(Backend.SqliteMemory, StepMode.Inline);

public sealed class SqliteFileQueuedOutcomeTests() : StepOutcomeConformance(Backend.SqliteFile, StepMode.Queued);

public sealed class SqliteMemoryQueuedOutcomeTests() : StepOutcomeConformance(Backend.SqliteMemory, StepMode.Queued);
