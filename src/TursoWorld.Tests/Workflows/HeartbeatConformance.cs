using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What steps report on their way.</summary>
public abstract class HeartbeatConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly RetryPolicy Twice = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(2));

    [Fact]
    public async Task What_was_reported_last_is_there_for_people_and_for_the_next_attempt()
    {
        var workflow = Step(Twice, async step =>
        {
            if (step.Attempt == 1)
            {
                for (var line = 1; line <= 1_000; line++)
                {
                    await step.HeartbeatAsync(new Progress(line));
                }

                throw new InvalidOperationException("bad");
            }

            return $"from {step.LastProgress<Progress>()!.Line}";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        var waiting = await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit);
        var brief = await world.Steps.GetAsync(run.RunId, "step_1", ResolveData.None, Limit);
        Clock.Advance(TimeSpan.FromSeconds(2));

        (await ResultAsync(world, run)).Should().Be("from 1000");
        Text(waiting).Should().Be("""{"Line":1000}""");
        waiting.HeartbeatAt.Should().Be(waiting.CreatedAt);
        (brief.Progress, brief.HeartbeatAt).Should().Be((null, waiting.CreatedAt));
        transitions.Count(TransitionKind.StepReported, run.RunId).Should().Be(2, "the first report is written, and the last");
        var done = await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit);
        (done.Progress, done.HeartbeatAt).Should().Be((null, null), "there is the result");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_report_is_written_after_a_moment_although_no_other_follows()
    {
        var (reported, hold) = (new Hold(), new Hold());
        var workflow = Step(Twice, async step =>
        {
            await step.HeartbeatAsync(1);
            await step.HeartbeatAsync(2);
            await step.HeartbeatAsync();
            reported.Touch();
            await hold.PassAsync();
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.StepReported, run.RunId);
        await reported.ReachedAsync();
        Text(await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Should().Be("1");

        Clock.Advance(TimeSpan.FromMilliseconds(100));
        await transitions.NextAsync(TransitionKind.StepReported, run.RunId);

        var step = await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit);
        Text(step).Should().Be("2", "a mere sign of life leaves it");
        step.HeartbeatAt.Should().Be(step.CreatedAt.AddMilliseconds(100));
        hold.Release();
        await ResultAsync(world, run);
    }

    [Fact]
    public async Task An_attempt_that_is_silent_for_too_long_has_failed()
    {
        var (first, second) = (new Hold(), new Hold());
        var cause = CancellationCause.None;
        var options = new StepOptions { Retry = Twice, HeartbeatTimeout = TimeSpan.FromSeconds(10) };
        var workflow = Workflow.Define<string, string>("silent", (flow, _) => flow.StepAsync(
            "silent",
            async step =>
            {
                if (step.Attempt == 2)
                {
                    return $"{step.LastProgress<string>()} {cause}";
                }

                await first.PassAsync();
                await step.HeartbeatAsync("half");
                second.Touch();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cause = step.CancellationCause;
                return "late";
            },
            options));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await first.ReachedAsync();
        Clock.Advance(TimeSpan.FromSeconds(9.9));
        first.Release();
        await second.ReachedAsync();
        Clock.Advance(TimeSpan.FromSeconds(9.9));
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Status.Should().Be(StepStatus.Running);

        Clock.Advance(TimeSpan.FromSeconds(0.1));
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(2));

        (await ResultAsync(world, run)).Should().StartWith("half");
        var attempts = await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit);
        attempts[0].Error!.Code.Should().Be(ErrorCodes.StepHeartbeatTimeout);
        (attempts[0].EndedAt - attempts[0].StartedAt).Should().Be(TimeSpan.FromSeconds(19.9));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Who_has_lost_the_run_is_told_so_and_writes_nothing()
    {
        var (begun, stolen) = (new Hold(), new Hold());
        var told = new TaskCompletionSource<(StepCancelledException, CancellationCause, bool)>();
        var workflow = Step(Twice, async step =>
        {
            begun.Touch();
            await stolen.PassAsync();
            var report = () => step.HeartbeatAsync("mine");
            var refusal = (await report.Should().ThrowAsync<StepCancelledException>()).Which;
            await report.Should().ThrowAsync<StepCancelledException>();
            told.SetResult((refusal, step.CancellationCause, step.CancellationToken.IsCancellationRequested));
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.ReachedAsync();
        await AttemptConformance.StealAsync(world, run);

        stolen.Release();

        var (refusal, cause, isCancelled) = await told.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit);
        refusal.Should().Match<StepCancelledException>(exception =>
            exception.Cause == CancellationCause.LeaseLost && exception.RunId == run.RunId && exception.Code == ErrorCodes.StepCancelled);
        (cause, isCancelled).Should().Be((CancellationCause.LeaseLost, true));
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Progress.Should().BeNull();
    }

    [Fact]
    public async Task Who_reports_for_a_run_that_is_over_is_told_so()
    {
        var (begun, ended) = (new Hold(), new Hold());
        var told = new TaskCompletionSource<StepCancelledException>();
        var workflow = Step(Twice, async step =>
        {
            begun.Touch();
            await ended.PassAsync();
            var report = () => step.HeartbeatAsync("mine");
            told.SetResult((await report.Should().ThrowAsync<StepCancelledException>()).Which);
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.ReachedAsync();
        await run.CancelAsync(cancellationToken: Limit);

        ended.Release();

        (await told.Task.WaitAsync(TimeSpan.FromSeconds(10), Limit)).Cause.Should().Be(CancellationCause.RunEnded);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_transactional_step_cannot_report()
    {
        var workflow = Workflow.Define<string, string>("transacting", (flow, _) => flow.TransactionAsync(
            "t",
            async (_, step) =>
            {
                var report = () => step.HeartbeatAsync(1);
                return (await report.Should().ThrowAsync<InvalidOperationException>()).Which.Message;
            }));
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Contain("cannot report progress");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_attempt_that_is_over_cannot_report()
    {
        StepContext? kept = null;
        var workflow = Workflow.Define<string, string>("keeping", async (flow, _) =>
        {
            var last = await flow.StepAsync("keep", async step =>
            {
                kept = step;
                await step.HeartbeatAsync();
                return step.LastProgress<int>();
            });
            return $"{last}{await flow.HookAsync<string>("go")}";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        var report = () => kept!.HeartbeatAsync(1);

        await report.Should().ThrowAsync<InvalidOperationException>();
        await world.ResumeHookAsync("go", "!", Limit);
        (await ResultAsync(world, run)).Should().Be("0!", "nobody has reported before");
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Progress.Should().BeNull();
    }

    private static WorkflowDefinition<string, string> Step(RetryPolicy retry, Func<StepContext, Task<string>> body) =>
        Workflow.Define<string, string>("reporting", (flow, _) => flow.StepAsync("report", body, new() { Retry = retry }));

    private static string? Text(WorkflowStep step) =>
        step.Progress is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes.Span) : null;

    private sealed record Progress(int Line);
}

/// <summary>Reports that another world reads: on a file only.</summary>
public sealed class HeartbeatAcrossWorldsTests() : WorkflowTests(Backend.SqliteFile)
{
    [Fact]
    public async Task What_a_world_reported_before_it_stopped_the_next_one_goes_on_from()
    {
        var begun = new Hold();
        var workflow = Workflow.Define<string, string>("handed-on", (flow, _) => flow.StepAsync("work", async step =>
        {
            if (step.LastProgress<int?>() is { } line)
            {
                return $"from {line}, attempt {step.Attempt}";
            }

            await step.HeartbeatAsync<int?>(41);
            await step.HeartbeatAsync<int?>(42);
            begun.Touch();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
            return "";
        }));
        var first = await Worlds.StartAsync(workflow);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await begun.ReachedAsync();
        await first.DisposeAsync();

        var second = await Worlds.StartAsync(workflow);

        (await ResultAsync(second, second.GetRun<string>(run.RunId))).Should().Be("from 42, attempt 1");
        await second.ShouldBeSoundAsync();
    }
}
