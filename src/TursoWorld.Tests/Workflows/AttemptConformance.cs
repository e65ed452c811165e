using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Ids;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What cuts attempts short, and what is told of them afterwards.</summary>
public abstract class AttemptConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly StepOptions Limited = new()
    {
        Timeout = TimeSpan.FromSeconds(5),
        Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(2)),
    };

    [Fact]
    public async Task An_attempt_that_takes_too_long_has_failed_and_is_repeated()
    {
        var causes = new ConcurrentQueue<CancellationCause>();
        var cutShort = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hold = new Hold();
        var workflow = Workflow.Define<string, string>("slow", (flow, _) => flow.StepAsync(
            "slow",
            async step =>
            {
                causes.Enqueue(step.CancellationCause);
                if (step.Attempt == 1)
                {
                    hold.Touch();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    causes.Enqueue(step.CancellationCause);
                    cutShort.SetResult();
                }

                return $"attempt {step.Attempt}";
            },
            Limited));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var begunAt = Clock.GetUtcNow();
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();
        Clock.Advance(TimeSpan.FromSeconds(5));
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(2));

        (await ResultAsync(world, run)).Should().Be("attempt 2");

        await cutShort.Task.WaitAsync(Limit);
        causes.Should().Contain([CancellationCause.None, CancellationCause.Timeout]);
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Should().SatisfyRespectively(
            first => first.Should().Match<StepAttempt>(attempt => attempt.Attempt == 1
                && attempt.Status == StepAttemptStatus.Failed && attempt.Error!.Code == ErrorCodes.StepTimeout
                && attempt.StartedAt == begunAt && attempt.EndedAt == begunAt.AddSeconds(5)),
            second => second.Should().Match<StepAttempt>(attempt => attempt.Attempt == 2
                && attempt.Status == StepAttemptStatus.Completed && attempt.Error == null
                && attempt.StartedAt == begunAt.AddSeconds(7) && attempt.EndedAt == begunAt.AddSeconds(7)));
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Code_that_does_not_listen_holds_neither_the_run_nor_the_next_attempt(bool blocksItsThread)
    {
        var (begun, release) = (new Hold(), new Hold());
        var ended = new TaskCompletionSource();
        var workflow = Workflow.Define<string, string>("deaf", (flow, _) => flow.StepAsync(
            "deaf",
            async step =>
            {
                if (step.Attempt == 1)
                {
                    begun.Touch();
                    if (blocksItsThread)
                    {
                        release.PassAsync().GetAwaiter().GetResult();
                    }

                    await release.PassAsync();
                    ended.SetResult();
                }

                return $"attempt {step.Attempt}";
            },
            Limited));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.ReachedAsync();

        Clock.Advance(TimeSpan.FromSeconds(5));
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(2));

        (await ResultAsync(world, run)).Should().Be("attempt 2", "the late result of attempt 1 is ignored");
        release.Release();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit);
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Attempt.Should().Be(2);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Code_that_does_not_listen_holds_its_slot_until_it_ends()
    {
        var (begun, release) = (new Hold(), new Hold());
        var order = new ConcurrentQueue<string>();
        var workflow = Workflow.Define<string, string>("deaf", (flow, _) => flow.StepAsync(
            "deaf",
            async step =>
            {
                order.Enqueue($"{step.Attempt} begins");
                if (step.Attempt == 1)
                {
                    begun.Touch();
                    await release.PassAsync();
                }

                order.Enqueue($"{step.Attempt} ends");
                return $"attempt {step.Attempt}";
            },
            Limited));
        var world = await Worlds.StartAsync(options => options.Concurrency = 1, workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.ReachedAsync();
        Clock.Advance(TimeSpan.FromSeconds(5));
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(2));
        await transitions.NextAsync(TursoWorld.Diagnostics.TransitionKind.MessageClaimed, IdGenerator.MessageIdOf(run.RunId)); // attempt 2 waits for the slot

        release.Release();

        (await ResultAsync(world, run)).Should().Be("attempt 2");
        order.Should().Equal("1 begins", "1 ends", "2 begins", "2 ends");
    }

    [Fact]
    public async Task The_time_of_a_transactional_step_may_be_shorter_than_its_limit()
    {
        var begun = new Hold();
        var workflow = Workflow.Define<string, string>("transacting", async (flow, _) =>
        {
            try
            {
                await flow.TransactionAsync(
                    "slow",
                    async (_, step) =>
                    {
                        begun.Touch();
                        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
                    },
                    new() { Timeout = TimeSpan.FromSeconds(1), Retry = RetryPolicy.None });
                return "";
            }
            catch (StepFailedException failure)
            {
                return failure.Error.Code;
            }
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.ReachedAsync();

        Clock.Advance(TimeSpan.FromSeconds(1));

        (await ResultAsync(world, run)).Should().Be(ErrorCodes.StepTimeout);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_is_told_that_its_run_is_cancelled()
    {
        var (world, run, cause) = await WaitingAsync();

        await run.CancelAsync(cancellationToken: Limit);

        (await cause).Should().Be(CancellationCause.RunEnded);
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Should().ContainSingle().Which.Should()
            .Match<StepAttempt>(attempt => attempt.Status == StepAttemptStatus.Cancelled && attempt.EndedAt == Clock.GetUtcNow());
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_step_is_told_that_the_code_has_cancelled_it_and_no_other_is(bool isLimited)
    {
        var (begun, hold) = (new Hold(), new Hold());
        var told = new TaskCompletionSource<(CancellationCause, CancellationCause)>();
        var options = isLimited ? Limited with { HeartbeatTimeout = TimeSpan.FromSeconds(5) } : new();
        var workflow = Workflow.Define<string, string>("cancelling", async (flow, _) =>
        {
            var other = flow.StepAsync("other", async step =>
            {
                await hold.PassAsync();
                return $"{step.CancellationCause} {step.CancellationToken.IsCancellationRequested}";
            });
            await flow.ScopeAsync(async scope =>
            {
                await Task.WhenAny(flow.StepAsync("cancelled", CancelledAsync, options), flow.HookAsync<string>("cancel"));
                scope.Cancel();
            });
            return await other;
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.ReachedAsync();

        await world.ResumeHookAsync("cancel", "now", Limit);

        (await told.Task.WaitAsync(Limit)).Should().Be((CancellationCause.StepCancelled, CancellationCause.StepCancelled));
        Clock.Advance(TimeSpan.FromSeconds(30)); // beyond every limit: it is over, and is not tried again
        hold.Release();
        (await ResultAsync(world, run)).Should().Be("None False");
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_2", Limit)).Should().ContainSingle().Which.Should()
            .Match<StepAttempt>(attempt => attempt.Status == StepAttemptStatus.Cancelled && attempt.EndedAt == attempt.StartedAt);
        (await world.LogAsync(run.RunId)).Should().NotContain(next => next is WorkflowEvent.StepRetrying);
        await world.ShouldBeSoundAsync();

        async Task CancelledAsync(StepContext step)
        {
            begun.Touch();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var report = () => step.HeartbeatAsync(1);
            var refusal = (await report.Should().ThrowAsync<StepCancelledException>()).Which;
            told.SetResult((step.CancellationCause, refusal.Cause));
        }
    }

    [Fact]
    public async Task A_step_is_told_that_somebody_else_has_its_run()
    {
        var (world, run, cause) = await WaitingAsync();
        await StealAsync(world, run);

        Clock.Advance(TimeSpan.FromMinutes(20));
        await world.Parts.Keeper.TurnAsync(Limit); // its own loop may have set its timer after the clock moved

        (await cause).Should().Be(CancellationCause.LeaseLost);
    }

    [Fact]
    public async Task A_step_is_told_that_its_world_stops_and_the_attempt_does_not_count()
    {
        var (world, run, cause) = await WaitingAsync();
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Should().ContainSingle()
            .Which.Status.Should().Be(StepAttemptStatus.Running);

        await world.StopAsync(Limit);

        (await cause).Should().Be(CancellationCause.Shutdown);
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Should().BeEmpty();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Attempts_of_a_step_that_does_not_exist_are_not_found()
    {
        var world = await Worlds.StartAsync();

        await world.Steps.Awaiting(steps => steps.ListAttemptsAsync("wrun_01JGFJJZ000000000000000000", "step_1", Limit))
            .Should().ThrowAsync<NotFoundException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(31)]
    public void Times_out_of_range_are_refused(int days)
    {
        var timeout = () => new StepOptions { Timeout = TimeSpan.FromDays(days) };
        var silence = () => new StepOptions { HeartbeatTimeout = TimeSpan.FromDays(days) };

        timeout.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("Timeout");
        silence.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("HeartbeatTimeout");
    }

    /// <summary>Gives the message of a run to another worker, behind the back of the one that has it.</summary>
    internal static async Task StealAsync(World world, RunHandle run) => (await world.Shared.Database.WriteAsync(
        new Unit(new SqlStatement(
            "UPDATE queue_messages SET lease_token = 'stolen' WHERE message_id = @message_id",
            ("message_id", $"msg_{run.RunId["wrun_".Length..]}"))),
        Limit)).ThrowUnlessCommitted();

    /// <summary>A run whose step waits for its token, and the cause that it is then told.</summary>
    private async Task<(World World, RunHandle Run, Task<CancellationCause> Cause)> WaitingAsync()
    {
        var begun = new Hold();
        var cause = new TaskCompletionSource<CancellationCause>();
        var workflow = Workflow.Define<string, string>("waiting", (flow, _) => flow.StepAsync("wait", async step =>
        {
            begun.Touch();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cause.TrySetResult(step.CancellationCause);
            step.CancellationToken.ThrowIfCancellationRequested();
            return "";
        }));
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.ReachedAsync();
        return (world, run, cause.Task.WaitAsync(TimeSpan.FromSeconds(15), Limit));
    }
}
