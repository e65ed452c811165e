using System.Globalization;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>Processes killed between a child and its parent, in the middle of a cascade, and between two runs of a chain.</summary>
public sealed class FamilyCrashTests : IDisposable
{
    private const string RunId = "wrun_01JGFJJZ000000000000000000";
    private const int Children = 120;
    private const string Open = "SELECT count(*) FROM workflow_runs WHERE ended_position IS NULL";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private static readonly WorkflowDefinition<string, string> Child = Workflow.Define<string, string>("child", (flow, input) =>
        flow.StepAsync("work", step => Task.FromResult($"{input} {step.Attempt}")));

    private static readonly WorkflowDefinition<string, string> Parent = Workflow.Define<string, string>(
        "parent", async (flow, input) => $"[{await flow.ChildAsync(Child, input)}]");

    private static readonly WorkflowDefinition<string, string> Leaf = Workflow.Define<string, string>(
        "leaf", (flow, token) => flow.HookAsync<string>(token));

    private static readonly WorkflowDefinition<string, string> Middle = Workflow.Define<string, string>(
        "middle", (flow, token) => flow.ChildAsync(Leaf, token));

    private static readonly WorkflowDefinition<int, int> Top = Workflow.Define<int, int>("top", async (flow, children) =>
        (await Task.WhenAll(Enumerable.Range(0, children).Select(i => flow.ChildAsync(Middle, $"token {i}")))).Length);

    private static readonly WorkflowDefinition<int, string> Countdown = Workflow.Define<int, string>("countdown", async (flow, left) =>
    {
        await flow.StepAsync("count", _ => Task.FromResult(left));
        return left > 0 ? throw new ContinueAsNewException(left - 1) : "done";
    });

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>Takes a parent and its child one after the other, and stands still after one of their turns.</summary>
    /// <param name="args">Path of the database, and how many turns to write before.</param>
    public static async Task<int> EndAChildAsync(string[] args)
    {
        // One run at a time: while a turn stands still, the other run cannot go on.
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{args[0]}", MaxLiveRuns = 1 });
        world.Register(Parent, Child);
        StandAtTurn(world, int.Parse(args[1], CultureInfo.InvariantCulture));
        await world.StartAsync();
        await (await world.StartRunAsync(Parent, "in", new() { RunId = RunId })).WaitAsync();
        return 0;
    }

    /// <summary>Begins a family of three generations, cancels it, and stands still in the middle.</summary>
    /// <param name="args">Path of the database, and how many pieces of the cascade to write before.</param>
    public static async Task<int> CancelAFamilyAsync(string[] args)
    {
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{args[0]}" });
        world.Register(Top, Middle, Leaf);
        var transitions = new Transitions(world.Shared.Diagnostics);
        await world.StartAsync();
        var run = await world.StartRunAsync(Top, Children, new() { RunId = RunId });
        while (await CountAsync(world, "SELECT count(*) FROM workflow_hooks") < Children)
        {
            await transitions.NextAsync(TransitionKind.RunParked);
        }

        var pieces = 0;
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == TransitionKind.CascadeStepped && $"{++pieces}" == args[1])
            {
                CrashPoint.Reach("cancelling");
            }
        };
        await run.CancelAsync();
        return 0;
    }

    /// <summary>Takes a chain of runs, and stands still after one of their turns.</summary>
    /// <param name="args">Path of the database, and how many turns to write before.</param>
    public static async Task<int> ContinueAsync(string[] args)
    {
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{args[0]}", MaxLiveRuns = 1 });
        world.Register(Countdown);
        StandAtTurn(world, int.Parse(args[1], CultureInfo.InvariantCulture));
        await world.StartAsync();
        await (await world.StartRunAsync(Countdown, 2, new() { RunId = RunId })).WaitAsync();
        return 0;
    }

    [Theory]
    [InlineData(1, "child_started", "pending")] // the child is stored, and nobody has taken it up
    [InlineData(2, "child_started", "running")] // its step is recorded, and may have begun
    [InlineData(3, "child_ended", "completed")] // it has ended, and the parent has not gone on
    public async Task A_parent_goes_on_after_a_crash_around_its_child(int turns, string lastEvent, string childStatus)
    {
        await using (var process = ChildProcess.Start("end-a-child", _folder.Database, $"{turns}"))
        {
            await process.ReachedAsync("turn");
            await process.KillAsync();
        }

        Scalar("SELECT event_type FROM workflow_events WHERE run_key = 1 ORDER BY position DESC LIMIT 1").Should().Be(lastEvent);
        Scalar("SELECT status FROM workflow_runs WHERE run_key = 2").Should().Be(childStatus);
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        (await world.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty();
        world.Register(Parent, Child);
        await world.StartAsync(Cancellation);
        var result = await world.GetRun<string>(RunId).ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().Be(turns == 2 ? "[in 2]" : "[in 1]");
        Scalar("SELECT count(*) || '' FROM workflow_runs").Should().Be("2");
        await world.ShouldBeSoundAsync();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Theory]
    [InlineData(1, false)] // some of the children are cancelled
    [InlineData(2, true)] // all of them, and none of theirs
    [InlineData(4, true)] // and some of theirs, for each of which there is a note
    public async Task A_cascade_that_was_cut_short_is_finished_by_the_next_process(int pieces, bool isStarted)
    {
        await using (var process = ChildProcess.Start("cancel-a-family", _folder.Database, $"{pieces}"))
        {
            await process.ReachedAsync("cancelling");
            await process.KillAsync();
        }

        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        var transitions = new Transitions(world.Shared.Diagnostics);
        (await world.Runs.GetAsync(RunId, Cancellation)).Status.Should().Be(RunStatus.Cancelled);
        (await CountAsync(world, Open)).Should().BeInRange(1, 2 * Children, "the cascade is not finished");
        await world.ShouldBeSoundAsync();

        if (isStarted)
        {
            await world.StartAsync(Cancellation);
            while (await CountAsync(world, "SELECT count(*) FROM cascades") > 0)
            {
                await transitions.NextAsync(TransitionKind.CascadeStepped);
            }
        }
        else
        {
            await world.MaintainAsync(Cancellation);
        }

        (await CountAsync(world, Open)).Should().Be(0);
        (await CountAsync(world, "SELECT count(*) FROM workflow_events WHERE event_type = 'run_cancelled'"))
            .Should().Be(1 + (2 * Children), "each run is cancelled once");
        await world.ShouldBeSoundAsync();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Theory]
    [InlineData(2)] // the first run has gone on, and nobody has taken the next one up
    [InlineData(3)] // that has begun
    public async Task A_chain_goes_on_after_a_crash_between_two_runs(int turns)
    {
        await using (var process = ChildProcess.Start("continue", _folder.Database, $"{turns}"))
        {
            await process.ReachedAsync("turn");
            await process.KillAsync();
        }

        Scalar("SELECT count(*) || '' FROM workflow_runs").Should().Be("2");
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        world.Register(Countdown);
        await world.StartAsync(Cancellation);
        var result = await world.GetRun<string>(RunId).ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().Be("done");
        Scalar("SELECT count(*) || '' FROM workflow_runs").Should().Be("3");
        await world.ShouldBeSoundAsync();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task A_child_is_executed_by_the_process_that_has_its_workflow()
    {
        await using var process = ChildProcess.Start("work", _folder.Database, _folder.Ledger);
        await process.ReachedAsync("ready");
        await process.ContinueAsync();
        var three = new CrashWorkflows(_folder.At("unused.txt"), _ => { }).Three; // not registered here
        var parent = Workflow.Define<int, string>("parent", async (flow, count) =>
            string.Join('|', await Task.WhenAll(Enumerable.Range(0, count).Select(i => flow.ChildAsync(three, i)))));
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        world.Register(parent);
        await world.StartAsync(Cancellation);

        var run = await world.StartRunAsync(parent, 10, cancellationToken: Cancellation);
        var result = await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Split('|').Should().HaveCount(30).And.BeEquivalentTo(_folder.ReadLedger());
        await world.ShouldBeSoundAsync();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task A_child_that_another_process_is_busy_with_is_cancelled_with_its_parent()
    {
        await using var process = ChildProcess.Start("work", _folder.Database, _folder.Ledger, "in long");
        await process.ReachedAsync("ready");
        await process.ContinueAsync();
        var busy = new CrashWorkflows(_folder.At("unused.txt"), _ => { }).Busy; // not registered here
        var parent = Workflow.Define<string, string>("parent", (flow, input) => flow.ChildAsync(busy, input));
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        world.Register(parent);
        await world.StartAsync(Cancellation);
        var run = await world.StartRunAsync(parent, "in", cancellationToken: Cancellation);
        await process.ReachedAsync("in long");
        await process.ContinueAsync();

        await run.CancelAsync("enough", Cancellation);

        var child = (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Cancellation)).Items.Single();
        child.Status.Should().Be(RunStatus.Cancelled);
        await world.ShouldBeSoundAsync();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    private static void StandAtTurn(World world, int turn)
    {
        var turns = 0;
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == TransitionKind.TurnWritten && Interlocked.Increment(ref turns) == turn)
            {
                CrashPoint.Reach("turn");
            }
        };
    }

    private static async Task<long> CountAsync(World world, string sql) => await world.Shared.Database.ReadAsync(
        reader => reader.ScalarAsync<long>(sql), CancellationToken.None);

    private string? Scalar(string sql) => DatabaseCheck.Scalar<string>(_folder.Database, sql);
}
