using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>A process killed while it clears away a run that is deleted, and processes that purge the same database.</summary>
public sealed class DeletionCrashTests : IDisposable
{
    private const int Steps = 900;
    private const int Chunks = 4_500;
    private const int Runs = 250;

    private static readonly WorkflowDefinition<int, int> Wide = Workflow.Define<int, int>(
        "wide", async (flow, steps) => (await Task.WhenAll(
            Enumerable.Range(0, steps).Select(i => flow.StepAsync("step", _ => Task.FromResult(i))))).Length);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>Ends a large run, begins to delete it, and stands still after some units.</summary>
    /// <param name="args">Path of the database, the id of the run, and after how many units to stand still.</param>
    public static async Task<int> DeleteAsync(string[] args)
    {
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{args[0]}" });
        world.Register(Wide);
        await world.StartAsync();
        await world.Streams.WriteManyAsync(args[1], "out", [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[100], Chunks)]);
        await world.Streams.WriteAsync(args[1], "err", "none");
        var run = await world.StartRunAsync(Wide, Steps, new StartRunOptions { RunId = args[1] });
        await run.WaitAsync();
        var units = 0;
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == TransitionKind.DeletionStepped && $"{++units}" == args[2])
            {
                CrashPoint.Reach("deleting");
            }
        };
        await world.Runs.DeleteAsync(args[1]);
        return 0;
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public async Task A_deletion_that_was_cut_short_is_out_of_sight_and_finished_by_the_next_process(int units, bool isStarted)
    {
        const string RunId = "wrun_01HZZZZZZZZZZZZZZZZZZZZZZZ";
        await using (var child = ChildProcess.Start("delete", _folder.Database, RunId, $"{units}"))
        {
            await child.ReachedAsync("deleting");
            await child.KillAsync();
        }

        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var transitions = new Transitions(world.Shared.Diagnostics);
        (await world.Runs.FindAsync(RunId, Cancellation)).Should().BeNull();
        (await world.Streams.ListAsync(RunId, Cancellation)).Should().BeEmpty();
        (await LeftAsync(world)).Should().BeGreaterThan(1_000);
        (await world.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty("what is left is noted as deleted");

        if (isStarted)
        {
            await world.StartAsync(Cancellation);
            while (await LeftAsync(world) > 0)
            {
                await transitions.NextAsync(TransitionKind.DeletionStepped);
            }
        }
        else
        {
            (await world.MaintainAsync(Cancellation)).RunsPurged.Should().Be(0, "somebody else deleted it");
        }

        (await LeftAsync(world)).Should().Be(0);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_process_purges_what_another_one_has_begun_to_and_survives_its_end()
    {
        await using var child = ChildProcess.Start(
            "maintain", _folder.Database, _folder.At("copy.db"), nameof(TransitionKind.DeletionStepped));
        await child.ReachedAsync(nameof(TransitionKind.DeletionStepped));
        await using var world = WorldFactory.CreateWorld(
            new() { DatabaseUrl = _folder.Url, Retention = TimeSpan.FromSeconds(1) });

        var report = await world.MaintainAsync(Cancellation);
        var left = await LeftAsync(world);
        await child.KillAsync();

        report.RunsPurged.Should().BeInRange(1, Runs - 1, "the other one has taken some");
        left.Should().Be(0);
        (await world.MaintainAsync(Cancellation)).RunsPurged.Should().Be(0);
        await world.ShouldBeSoundAsync();
    }

    private static async Task<long> LeftAsync(World world) => await world.Shared.Database.ReadAsync(
        reader => reader.ScalarAsync<long>("""
            SELECT (SELECT count(*) FROM workflow_runs) + (SELECT count(*) FROM workflow_log WHERE run_key > 0)
                 + (SELECT count(*) FROM step_progress) + (SELECT count(*) FROM streams)
                 + (SELECT count(*) FROM stream_chunks) + (SELECT count(*) FROM deletions)
            """),
        Cancellation);
}
