using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>A process that is killed around the commit of a cancellation.</summary>
public sealed class ScopeCrashTests : IDisposable
{
    private const string RunId = "wrun_01JGFJJZ000000000000000000";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("StepEnded quick", "slow 1, slow 2")] // before the commit of the cancellation: the step is interrupted like any other
    [InlineData("TurnWritten 7", "slow 1")] // after it, before the next step begins
    [InlineData("StepEnded slow", "slow 1")] // the cancelled step has unwound
    public async Task A_step_whose_cancellation_is_committed_never_runs_again(string point, string slowInLedger)
    {
        await using (var child = ChildProcess.Start(
            "take-to-point", _folder.Database, _folder.Ledger, RunId, "cancelling", point))
        {
            await child.ReachedAsync(point);
            await child.KillAsync();
        }

        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        world.Register(new CrashWorkflows(_folder.Ledger, _ => { }).Cancelling);
        await world.StartAsync(Cancellation);
        var result = await world.GetRun<string>(RunId).ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().StartWith($"last {RunId}:step_3");
        var slow = _folder.ReadLedger().Select(line => line.Split(' ')).Where(line => line[0] == "slow");
        string.Join(", ", slow.Select(line => $"{line[0]} {line[2]}")).Should().Be(slowInLedger);
        (await world.Steps.GetAsync(RunId, "step_1", cancellationToken: Cancellation)).Status.Should().Be(StepStatus.Cancelled);
        (await world.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }
}
