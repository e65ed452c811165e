using FluentAssertions;
using TursoWorld.Diagnostics;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>
/// The parent works in real time with a lease of 30 s and waits 10 s at most: it gets on only because the lock of the
/// dead worker tells.
/// </summary>
public sealed class CrashPointTests : IDisposable
{
    private const string RunId = "wrun_01JGFJJZ000000000000000000";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("stored", "first 1", 1)] // nobody has claimed it
    [InlineData("MessageClaimed 1", "first 1", 1)] // claimed, nothing written
    [InlineData("TurnWritten 3", "first 2", 1)] // the attempt is recorded, and has not begun
    [InlineData("in first", "first 2", 1)]
    [InlineData("effect of first", "first 1, first 2", 1)]
    [InlineData("StepEnded first", "first 1, first 2", 1)] // before the commit of the result
    [InlineData("TurnWritten 5", "first 1", 2)] // after the commit of the result
    [InlineData("in transact", "first 1", 2)] // the transaction is open
    [InlineData("StepEnded transact", "first 1", 1)] // the transaction is committed, and the code has not heard
    [InlineData("RunParked 1", "first 1", 1)] // waits at a hook
    [InlineData("RunWoken", "first 1", 1)] // the hook has its payload, and the sender does not know
    [InlineData("RunParked 2", "first 1", 1)] // sleeps
    public async Task A_run_goes_on_where_the_process_was_killed(
        string point, string firstInLedger, int transactAttempt)
    {
        await KillAtAsync("journey", point);

        var result = await GoOnAsync().WaitAsync(Limit, Cancellation);

        var attempts = _folder.ReadLedger().Select(line => line.Split(' '));
        string.Join(", ", attempts.Select(line => $"{line[0]} {line[2]}")).Should().Be($"{firstInLedger}, last 1");
        attempts.Select(line => line[1]).Distinct().Should().Equal($"{RunId}:step_1", $"{RunId}:step_5");
        DatabaseCheck.Scalar<string>(_folder.Database, "SELECT group_concat(effect) FROM effects")
            .Should().Be($"transact {RunId}:step_2 {transactAttempt}");
        result.Should().Contain($"first {RunId}:step_1 {firstInLedger[^1]}");
        result.Should().Contain(point is "RunWoken" or "RunParked 2" ? "answer of the child" : "answer of the parent");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task A_step_without_retries_that_was_interrupted_has_failed()
    {
        await KillAtAsync("fragile", "effect of only");

        var run = () => GoOnAsync().WaitAsync(Limit, Cancellation);

        (await run.Should().ThrowAsync<RunEndedException>()).Which.Error!.Code.Should().Be(ErrorCodes.StepInterrupted);
        _folder.ReadLedger().Should().Equal($"only {RunId}:step_1 1");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Theory]
    [InlineData(0, "before write 1")] // the file is there and empty
    [InlineData(1, "after write 1")]
    [InlineData(2, "before write 2")] // the table of migrations is there and empty
    [InlineData(3, "after write 2")]
    public async Task A_database_whose_migration_was_cut_short_is_migrated_by_the_next_process(int passed, string point)
    {
        await using (var child = ChildProcess.Start("migrate", _folder.Database))
        {
            string[] points = ["before write 1", "after write 1", "before write 2", "after write 2"];
            foreach (var earlier in points[..passed])
            {
                await child.ReachedAsync(earlier);
                await child.ContinueAsync();
            }

            await child.ReachedAsync(point);
            await child.KillAsync();
        }

        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        await world.StartAsync(Cancellation).WaitAsync(Limit, Cancellation);

        (await world.Runs.CountAsync(Cancellation)).Values.Sum().Should().Be(0);
    }

    private async Task KillAtAsync(string workflow, string point)
    {
        await using var child = ChildProcess.Start(
            "take-to-point", _folder.Database, _folder.Ledger, RunId, workflow, point);
        await child.ReachedAsync(point);
        await child.KillAsync();
    }

    /// <summary>Opens the database as another process would, and answers the hook once it waits.</summary>
    private async Task<string> GoOnAsync()
    {
        var parked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var workflows = new CrashWorkflows(_folder.Ledger, _ => { });
        world.Register(workflows.Journey, workflows.Fragile);
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind is TransitionKind.RunParked or TransitionKind.RunCompleted or TransitionKind.RunFailed)
            {
                parked.TrySetResult();
            }
        };
        var isWaiting = await world.Hooks.FindByTokenAsync(CrashWorkflows.HookToken, Cancellation) is not null;
        await world.StartAsync(Cancellation);
        await (isWaiting ? Task.CompletedTask : parked.Task).WaitAsync(Limit, Cancellation);
        if (await world.Hooks.FindByTokenAsync(CrashWorkflows.HookToken, Cancellation) is not null)
        {
            await world.ResumeHookAsync(CrashWorkflows.HookToken, "answer of the parent", Cancellation);
        }

        return await world.GetRun<string>(RunId).ResultAsync(Cancellation);
    }
}
