using FluentAssertions;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>
/// Processes are killed while they execute queued steps, or have the runs of such steps; others go on. Work is divided over processes.
/// </summary>
public sealed class QueuedStepCrashTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("queued", "StepStarted create-profile", 2, 1, 1)] // the attempt is recorded, and has not begun
    [InlineData("queued", "effect of create-profile", 2, 1, 1)] // the effect has happened, and nobody knows
    [InlineData("queued", "MessageCompleted 1", 1, 2, 1)] // the result is recorded; the run goes on meanwhile, or has not heard
    [InlineData("queued", "TurnWritten 8", 1, 1, 1)] // the greeting is recorded, and the sleep with it
    [InlineData("queued", "RunParked 2", 1, 1, 1)] // asleep
    [InlineData("queued", "effect of send-mail", 1, 1, 2)]
    [InlineData("inline", "effect of create-profile", 2, 1, 1)]
    [InlineData("inline", "TurnWritten 7", 1, 1, 1)]
    [InlineData("inline", "RunParked 1", 1, 1, 1)]
    [InlineData("inline", "effect of send-mail", 1, 1, 2)]
    public async Task Somebody_is_onboarded_although_the_process_was_killed(
        string mode, string point, int profiles, int mostGreetings, int mails)
    {
        await using var child = await StartAsync(mode, "both", point);
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var scenario = Scenario(mode);
        scenario.Register(world, workflows: true, steps: true);
        var run = await world.StartRunAsync(
            scenario.Onboarding.Workflow, new Onboarding.Person("ada@example.com", "u-1"), null, Cancellation);
        await child.ReachedAsync(point);
        await child.KillAsync();
        await world.StartAsync(Cancellation);

        var result = await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().Be(new Onboarding.Person("ada@example.com", "u-1"));
        var steps = (await world.Steps.ListAsync(run.RunId, cancellationToken: Cancellation)).Items;
        steps.Select(step => $"{step.StepName} {step.Status}").Should().Equal(
            "create-profile Completed", "build-greeting Completed", "send-mail Completed");
        (steps[0].Attempt, steps[2].Attempt).Should().Be((profiles, mails));
        steps[1].Attempt.Should().BeInRange(1, mostGreetings);
        _folder.ReadLedger().Select(line => line[..line.LastIndexOf(' ')]).Distinct().Should().Equal(
            $"create-profile {run.RunId}:step_1", $"build-greeting {run.RunId}:step_2", $"send-mail {run.RunId}:step_4");
        _folder.ReadLedger().Should().OnlyHaveUniqueItems("an attempt is executed once");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task A_queued_step_without_retries_that_was_interrupted_has_failed()
    {
        await using var child = await StartAsync("queued", "both", "effect of remote");
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var scenario = Scenario("queued");
        scenario.Register(world, workflows: true, steps: true);
        var run = await world.StartRunAsync(scenario.Fragile, 1, null, Cancellation);
        await child.ReachedAsync("effect of remote");
        await child.KillAsync();
        await world.StartAsync(Cancellation);

        var result = () => run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        (await result.Should().ThrowAsync<RunEndedException>()).Which.Error!.Message.Should().Contain("went away");
        _folder.ReadLedger().Should().Equal($"remote {run.RunId}:step_1 1");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task One_process_knows_the_workflow_and_others_the_step_of_which_one_is_killed_in_it()
    {
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var scenario = Scenario("queued");
        scenario.Register(world, workflows: true, steps: false);
        await world.StartAsync(Cancellation);
        var run = await world.StartRunAsync(scenario.Divided, 1, null, Cancellation);
        await using var first = await StartAsync("queued", "steps", "in remote");
        await first.ReachedAsync("in remote");
        await first.KillAsync();
        await using var second = await StartAsync("queued", "steps", "nowhere");

        var processes = await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        processes.Should().Equal(Environment.ProcessId, second.Id);
        _folder.ReadLedger().Should().Equal($"remote {run.RunId}:step_2 2");
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_2", Cancellation)).Select(attempt => attempt.Status)
            .Should().Equal(StepAttemptStatus.Interrupted, StepAttemptStatus.Completed);
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task A_process_with_the_step_only_goes_on_while_the_one_with_the_workflow_is_dead()
    {
        await using var owner = await StartAsync("queued", "workflows", "RunParked 1");
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var scenario = Scenario("queued");
        scenario.Register(world, workflows: false, steps: true);
        var run = await world.StartRunAsync(scenario.Divided, 1, null, Cancellation);
        await owner.ReachedAsync("RunParked 1");
        await owner.KillAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == Diagnostics.TransitionKind.MessageCompleted)
            {
                ended.TrySetResult();
            }
        };
        await world.StartAsync(Cancellation);
        await ended.Task.WaitAsync(Limit, Cancellation);
        await using var next = await StartAsync("queued", "workflows", "nowhere");

        var processes = await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        processes.Should().Equal(owner.Id, Environment.ProcessId);
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    /// <summary>A child that is ready to work, and goes on until the point.</summary>
    private async Task<ChildProcess> StartAsync(string mode, string what, string point)
    {
        var child = ChildProcess.Start("work-on-steps", _folder.Database, _folder.Ledger, mode, what, point);
        await child.ReachedAsync("ready");
        await child.ContinueAsync();
        return child;
    }

    private QueuedStepScenario Scenario(string mode) =>
        new(mode == "queued" ? StepMode.Queued : StepMode.Inline, _folder.Ledger, _ => { });
}
