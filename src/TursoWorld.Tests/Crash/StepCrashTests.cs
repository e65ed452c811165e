using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>A process is killed while a saga is undone, and after a step has reported progress; another one goes on.</summary>
public sealed class StepCrashTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("in undo-charge", 2)]
    [InlineData("effect of undo-charge", 2)] // the effect has happened, and nobody knows
    [InlineData("StepEnded undo-charge", 2)] // before the commit of its end
    [InlineData("effect of undo-reserve", 1)] // one undo is recorded, the other is not
    public async Task A_saga_goes_on_being_undone_where_the_process_was_killed(string point, int attempts)
    {
        await using var child = ChildProcess.Start("work", _folder.Database, _folder.Ledger, point);
        await child.ReachedAsync("ready");
        await child.ContinueAsync();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var order = new CrashWorkflows(_folder.Ledger, _ => { }).Order;
        world.Register(order);
        var run = await world.StartRunAsync(order, "in", null, Cancellation);
        await child.ReachedAsync(point);
        await child.KillAsync();
        await world.StartAsync(Cancellation);

        var result = () => run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        (await result.Should().ThrowAsync<RunEndedException>()).Which.Error!.Message.Should().Be("declined 4");
        var effects = _folder.ReadLedger().Select(line => line.Split(' ')).ToList();
        effects.Count(line => line[0] == "charge").Should().Be(4);
        effects.Select(line => (line[0], line[1])).Distinct().Select(effect => effect.Item1)
            .Should().Equal("reserve", "charge", "undo-charge", "undo-reserve");
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_3", Cancellation)).Select(attempt => attempt.Status).Should().Equal(
            attempts == 1
                ? [StepAttemptStatus.Completed]
                : [StepAttemptStatus.Interrupted, StepAttemptStatus.Completed]);
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Cancellation)).Items
            .Select(step => $"{step.StepName} {step.Status} {step.Attempt}").Should().Equal(
                "reserve Completed 1",
                "charge Failed 4",
                $"undo-charge Completed {attempts}",
                $"undo-reserve Completed {(attempts == 1 ? 2 : 1)}");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task What_a_killed_process_reported_the_next_one_goes_on_from()
    {
        await using var child = ChildProcess.Start("work", _folder.Database, _folder.Ledger, "reported");
        await child.ReachedAsync("ready");
        await child.ContinueAsync();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var reporting = new CrashWorkflows(_folder.Ledger, _ => { }).Reporting;
        world.Register(reporting);
        var run = await world.StartRunAsync(reporting, "in", null, Cancellation);
        await child.ReachedAsync("reported");
        var seen = await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Cancellation);
        await child.KillAsync();
        await world.StartAsync(Cancellation);

        var result = await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().Be("from 7 in attempt 2");
        seen.Progress!.Value.ToArray().Should().Equal("7"u8.ToArray());
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Cancellation)).Select(attempt => attempt.Status)
            .Should().Equal(StepAttemptStatus.Interrupted, StepAttemptStatus.Completed);
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }
}
