using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>A process that is killed around a commit that sets state and attributes.</summary>
public sealed class FactCrashTests : IDisposable
{
    private const string RunId = "wrun_01JGFJJZ000000000000000000";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("StepEnded a", null)] // before the first commit that sets anything
    [InlineData("TurnWritten 7", "a")] // after it
    [InlineData("StepEnded b", "a")] // before the next one
    [InlineData("TurnWritten 11", "b")]
    public async Task State_attributes_and_the_step_that_they_follow_are_recorded_together_or_not_at_all(string point, string? stage)
    {
        await using (var child = ChildProcess.Start(
            "take-to-point", _folder.Database, _folder.Ledger, RunId, "remembering", point))
        {
            await child.ReachedAsync(point);
            await child.KillAsync();
        }

        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        world.Register(new CrashWorkflows(_folder.Ledger, _ => { }).Remembering);
        var log = (await world.Events.ListAsync(RunId, cancellationToken: Cancellation)).Items;
        log.OfType<WorkflowEvent.StepCompleted>().Should().HaveCount(stage switch { null => 0, "a" => 1, _ => 2 });
        (await world.Runs.GetAsync(RunId, Cancellation)).Attributes.GetValueOrDefault("stage").Should().Be(stage);
        var done = await world.State.FindAsync(RunId, "done", Cancellation);
        (done is null).Should().Be(stage is null);
        (await world.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty();

        await world.StartAsync(Cancellation);
        var result = await world.GetRun<string>(RunId).ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().Be("abc");
        (await world.State.GetAsync<string>(RunId, "done", Cancellation)).Should().Be("abc");
        (await world.Runs.GetAsync(RunId, Cancellation)).Attributes.Should().Contain("stage", "c");
        (await world.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }
}
