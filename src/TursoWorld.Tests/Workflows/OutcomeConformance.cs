using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>The outcomes that a workflow with steps and retries can have: happy, unhappy, cancelled, compensated.</summary>
public abstract class OutcomeConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly StepOptions TwoRetries = new() { Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)) };

    private readonly ConcurrentQueue<string> _ledger = new();

    private static WorkflowDefinition<int, Outcome> Doubling => Workflow.Define<int, Outcome>("doubling", async (flow, value) =>
    {
        if (value < 0)
        {
            throw new CancelRunException("the value is negative");
        }

        var done = await flow.StepAsync(
            "double",
            step => value == 5 || step.Attempt == 1
                ? throw new InvalidOperationException($"bad {step.Attempt}")
                : Task.FromResult(new Doubled(value * 2, step.Attempt)),
            TwoRetries);
        return new Outcome(done.Value, done.Attempt, $"Workflow succeeded after {done.Attempt} attempts");
    });

    [Fact]
    public async Task Happy_with_the_second_attempt()
    {
        var workflow = Doubling;
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 21, cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(1));

        var outcome = await ResultAsync(world, run);

        outcome.Should().Be(new Outcome(42, 2, "Workflow succeeded after 2 attempts"));
        var attempts = await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit);
        attempts.Select(attempt => (attempt.Attempt, attempt.Status)).Should()
            .Equal((1, StepAttemptStatus.Failed), (2, StepAttemptStatus.Completed));
        (attempts[1].StartedAt - attempts[0].EndedAt).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Unhappy_with_every_attempt()
    {
        var workflow = Doubling;
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 5, cancellationToken: Limit);
        await PassRetriesAsync(transitions, run, 2);

        var failure = await FailureAsync(world, run);

        failure.Error!.Message.Should().Be("bad 3");
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Select(attempt => $"{attempt.Status} {attempt.Error!.Message}")
            .Should().Equal("Failed bad 1", "Failed bad 2", "Failed bad 3");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Cancelled_by_itself_before_any_step()
    {
        var workflow = Doubling;
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, -1, cancellationToken: Limit);

        var told = await FailureAsync(world, run);
        var asked = await FailureAsync(world, run);
        told.Should().Match<RunEndedException>(exception =>
            exception.Code == ErrorCodes.WorkflowCancelled && exception.CancelReason == "the value is negative" && exception.Error == null);
        asked.Should().Match<RunEndedException>(exception =>
            exception.Code == ErrorCodes.WorkflowCancelled && exception.CancelReason == "the value is negative");
        var stored = await run.GetAsync(Limit);
        (stored.Status, stored.ErrorCode, stored.CancelReason, stored.Error).Should()
            .Be((RunStatus.Cancelled, ErrorCodes.WorkflowCancelled, "the value is negative", null));
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().BeEmpty();
        (await world.LogAsync(run.RunId))[^1].Should().BeOfType<WorkflowEvent.RunCancelled>()
            .Which.Code.Should().Be(ErrorCodes.WorkflowCancelled);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Cancelled_from_outside_says_so()
    {
        var workflow = Workflow.Define<string, string>("waiting", (flow, _) => flow.HookAsync<string>("token"));
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await run.CancelAsync("not needed", Limit);

        (await FailureAsync(world, run)).Should().Match<RunEndedException>(exception =>
            exception.Code == ErrorCodes.RunCancelled && exception.CancelReason == "not needed");
        (await run.GetAsync(Limit)).ErrorCode.Should().Be(ErrorCodes.RunCancelled);
    }

    [Fact]
    public void A_reason_that_cannot_be_stored_is_refused()
    {
        var tooLong = () => new CancelRunException(new string('x', 513));
        var half = () => new CancelRunException("\ud83d");

        tooLong.Should().Throw<ArgumentException>();
        half.Should().Throw<ArgumentException>();
        new CancelRunException(new string('x', 512)).Reason.Should().HaveLength(512);
    }

    [Fact]
    public async Task No_retries_is_one_attempt()
    {
        var workflow = Workflow.Define<string, string>("once", (flow, _) => flow.StepAsync<string>(
            "once", Fails("once"), new() { Retry = RetryPolicy.None }));
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await FailureAsync(world, run)).Error!.Message.Should().Be("bad 1");
        _ledger.Should().ContainSingle();
    }

    [Fact]
    public async Task Compensated_after_the_last_attempt()
    {
        var workflow = Workflow.Define<string, string>("order", (flow, _) => flow.SagaAsync(async saga =>
        {
            await saga.StepAsync("reserve", Writes("reserve"), Writes("release"));
            saga.OnFailure("refund", Writes("refund"));
            await flow.StepAsync<string>("charge", Fails("charge"), new() { Retry = RetryPolicy.Fixed(4, TimeSpan.FromSeconds(1)) });
            return "";
        }));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await PassRetriesAsync(transitions, run, 3);

        var failure = await FailureAsync(world, run);

        failure.Error!.Message.Should().Be("bad 4");
        _ledger.Select(line => line.Split(' ')[0]).Should()
            .Equal("reserve", "charge", "charge", "charge", "charge", "refund", "release");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task One_poisoned_shard_of_five_harms_no_other()
    {
        var workflow = Workflow.Define<string, string[]>("fan-out", async (flow, _) =>
        {
            var shards = await Task.WhenAll(Enumerable.Range(0, 5).Select(shard => flow.TryStepAsync(
                "shard",
                step =>
                {
                    _ledger.Enqueue($"{shard} {step.IdempotencyKey}");
                    return shard == 2 ? throw new FatalStepException("poisoned") : Task.FromResult($"shard {shard}");
                })));
            return [.. shards.Select(shard => shard.IsSuccess ? shard.Value! : shard.Error.Message)];
        });
        var world = await Worlds.StartAsync(workflow);

        var result = await ResultAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit));

        result.Should().Equal("shard 0", "shard 1", "poisoned", "shard 3", "shard 4");
        _ledger.Select(line => line[0]).Should().BeEquivalentTo(['0', '1', '2', '3', '4']);
        _ledger.Select(line => line[2..]).Should().OnlyHaveUniqueItems();
        await world.ShouldBeSoundAsync();
    }

    private Func<StepContext, Task> Writes(string what) => step =>
    {
        _ledger.Enqueue($"{what} {step.IdempotencyKey}");
        return Task.CompletedTask;
    };

    private Func<StepContext, Task<string>> Fails(string what) => step =>
    {
        _ledger.Enqueue($"{what} {step.IdempotencyKey}");
        throw new InvalidOperationException($"bad {step.Attempt}");
    };

    private async Task PassRetriesAsync(Transitions transitions, RunHandle run, int retries)
    {
        for (var retry = 0; retry < retries; retry++)
        {
            await ParkedAsync(transitions, run);
            Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private sealed record Doubled(int Value, int Attempt);

    private sealed record Outcome(int Result, int FinalAttempt, string Message);
}
