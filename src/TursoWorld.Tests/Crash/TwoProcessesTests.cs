using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Crash;

public sealed class TwoProcessesTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_runs_complete_when_one_of_two_processes_is_killed_in_the_middle()
    {
        var theirLedger = _folder.At("theirs.txt");
        await using var child = ChildProcess.Start("work", _folder.Database, theirLedger, "effect of b #10");
        await child.ReachedAsync("ready");
        await child.ContinueAsync();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url, MaxLiveRuns = 10 });
        var three = new CrashWorkflows(_folder.Ledger, _ => { }).Three;
        world.Register(three);
        await world.StartAsync(Cancellation);

        var runs = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => world.StartRunAsync(three, i, null, Cancellation)));
        await child.ReachedAsync("effect of b #10");
        await child.KillAsync();
        var results = await Task.WhenAll(runs.Select(run => run.ResultAsync(Cancellation)))
            .WaitAsync(Limit, Cancellation);

        var recorded = results.SelectMany(result => result.Split('|')).ToList();
        var effects = _folder.ReadLedger().Concat(await File.ReadAllLinesAsync(theirLedger, Cancellation)).ToList();
        recorded.Should().HaveCount(600).And.OnlyHaveUniqueItems();
        recorded.Select(line => line.Split(' ')[1]).Should().OnlyHaveUniqueItems();
        effects.Should().OnlyHaveUniqueItems(); // nobody has executed an attempt that somebody else was given
        recorded.Except(effects).Should().BeEmpty();
        _folder.ReadLedger().Should().NotBeEmpty();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task A_hook_and_a_result_cross_from_one_process_to_another_that_has_parked_the_run()
    {
        await using var child = ChildProcess.Start("work", _folder.Database, _folder.Ledger, "RunParked 1");
        await child.ReachedAsync("ready");
        await child.ContinueAsync();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var journey = new CrashWorkflows(_folder.Ledger, _ => { }).Journey;

        var run = await world.StartRunAsync(journey, "in", null, Cancellation);
        await child.ReachedAsync("RunParked 1");
        await child.ContinueAsync();
        await world.ResumeHookAsync(CrashWorkflows.HookToken, "from afar", Cancellation);
        var result = await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().StartWith("in | first").And.Contain("| from afar |");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task A_hook_reaches_a_run_that_another_process_is_busy_with()
    {
        await using var child = ChildProcess.Start("work", _folder.Database, _folder.Ledger, "in long");
        await child.ReachedAsync("ready");
        await child.ContinueAsync();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var busy = new CrashWorkflows(_folder.Ledger, _ => { }).Busy;

        var run = await world.StartRunAsync(busy, "in", null, Cancellation);
        await child.ReachedAsync("in long");
        await child.ContinueAsync();
        await world.ResumeHookAsync(CrashWorkflows.HookToken, "from afar", Cancellation);
        var result = await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().Be($"from afar | long {run.RunId}:step_1 1");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }
}
