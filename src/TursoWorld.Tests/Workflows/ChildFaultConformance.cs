using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Storage;
using TursoWorld.Tests.Support;
using TursoWorld.Turns;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Turns that begin, give up or end children, and that are refused, or written without an answer.</summary>
public abstract class ChildFaultConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<int, int> Doubled = Workflow.Define<int, int>("doubled", (flow, input) =>
        flow.StepAsync("double", _ => Task.FromResult(2 * input)));

    private static readonly WorkflowDefinition<int, string> Countdown = Workflow.Define<int, string>("countdown", async (flow, left) =>
    {
        await flow.StepAsync("count", _ => Task.FromResult(left));
        return left > 0 ? throw new ContinueAsNewException(left - 1) : "done";
    });

    private static readonly WorkflowDefinition<int, string> Parent = Workflow.Define<int, string>("parent", async (flow, input) =>
    {
        var first = await flow.StepAsync("first", _ => Task.FromResult(input));
        var doubled = await Task.WhenAll(flow.ChildAsync(Doubled, first), flow.ChildAsync(Doubled, first + 1));
        return $"{string.Join(' ', doubled)} {await flow.ChildAsync(Countdown, 1)}";
    });

    [Theory]
    [InlineData(RunSql.InsertChild)]
    [InlineData(ChildSql.End)]
    [InlineData(RunSql.InsertNext)]
    public async Task A_turn_that_was_written_without_an_answer_is_not_doubled(string statement)
    {
        var (world, database) = await CreateAsync();
        var hits = 0;
        database.AfterTurn = unit =>
        {
            if (WrittenTurn.Has(unit, statement) && Interlocked.Increment(ref hits) == 1)
            {
                throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown);
            }
        };
        await world.StartAsync(Limit);

        var run = await world.StartRunAsync(Parent, 10, cancellationToken: Limit);

        await ShouldBeDoneAsync(world, run);
        hits.Should().BePositive();
    }

    [Theory]
    [InlineData(RunSql.InsertChild)]
    [InlineData(ChildSql.End)]
    [InlineData(RunSql.InsertNext)]
    public async Task A_turn_that_the_database_refuses_is_written_later(string statement)
    {
        var (world, database) = await CreateAsync();
        var hits = 0;
        database.BeforeTurn = unit => WrittenTurn.Has(unit, statement) && Interlocked.Increment(ref hits) == 1
            ? throw FaultyDatabase.Fault(ErrorCodes.DiskFull)
            : Task.CompletedTask;
        await world.StartAsync(Limit);

        var run = await world.StartRunAsync(Parent, 10, cancellationToken: Limit);

        await ShouldBeDoneAsync(world, run);
        hits.Should().BePositive();
    }

    [Fact]
    public async Task A_log_that_moves_before_each_turn_neither_doubles_nor_loses_a_child()
    {
        var (world, database) = await CreateAsync();
        var transitions = Watch(world);
        string? moved = null;
        database.BeforeTurn = async unit =>
        {
            if (moved is not null && (WrittenTurn.Has(unit, RunSql.InsertChild) || WrittenTurn.EndsStep(unit)))
            {
                var change = new WorkflowEventData.AttributesSet(new Dictionary<string, string?> { ["moved"] = "yes" });
                await world.Events.CreateAsync(moved, change);
            }
        };
        var run = await world.StartRunAsync(Parent, 10, cancellationToken: Limit);
        moved = run.RunId;

        await world.StartAsync(Limit);

        await ShouldBeDoneAsync(world, run);
        transitions.Count(TransitionKind.TurnDropped, run.RunId).Should().BePositive();
    }

    [Fact]
    public async Task A_child_that_ends_while_its_parent_is_being_cancelled_is_told_to_nobody()
    {
        var (world, database) = await CreateAsync();
        RunHandle<string>? run = null;
        database.BeforeTurn = async unit =>
        {
            if (run is not null && WrittenTurn.Has(unit, ChildSql.End))
            {
                await run.CancelAsync(); // and its children with it: this turn will be refused
            }
        };
        run = await world.StartRunAsync(Parent, 10, cancellationToken: Limit);

        await world.StartAsync(Limit);

        (await FailureAsync(world, run)).Code.Should().Be(ErrorCodes.RunCancelled);
        await world.Shared.Cascade.WaitAsync(Limit);
        var children = (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items;
        children.Should().HaveCount(2).And.OnlyContain(child => child.Status == RunStatus.Cancelled);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_cascade_that_the_database_refuses_is_finished_by_maintenance()
    {
        var waiting = Workflow.Define<string, string>("waiting", (flow, token) => flow.HookAsync<string>(token));
        var parent = Workflow.Define<string, string>("parent", (flow, token) => flow.ChildAsync(waiting, token));
        var world = Worlds.Create(null, parent, waiting);
        var database = await FaultyDatabase.InstallAsync(world);
        var transitions = Watch(world);
        await world.StartAsync(Limit);
        var run = await world.StartRunAsync(parent, "token", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunParked);
        await transitions.NextAsync(TransitionKind.RunParked);
        database.BeforeUnit = unit =>
        {
            if (unit.Guard?.Text == TurnSql.CascadeGuard)
            {
                throw FaultyDatabase.Fault(ErrorCodes.DiskFull);
            }
        };

        await run.CancelAsync(cancellationToken: Limit);

        await world.ShouldBeSoundAsync(); // what is left to do is noted
        (await StatusAsync()).Should().Be(RunStatus.Running);
        database.BeforeUnit = _ => { };
        await world.MaintainAsync(Limit);
        (await StatusAsync()).Should().Be(RunStatus.Cancelled);
        await world.ShouldBeSoundAsync();

        async Task<RunStatus> StatusAsync() =>
            (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items.Single().Status;
    }

    [Fact]
    public async Task A_parent_that_ends_while_it_is_being_deleted_leaves_no_child_behind()
    {
        var waiting = Workflow.Define<string, string>("waiting", (flow, token) => flow.HookAsync<string>(token));
        var parent = Workflow.Define<string, string>("parent", (flow, token) => flow.ChildAsync(waiting, token));
        var world = Worlds.Create(null, parent, waiting);
        var database = await FaultyDatabase.InstallAsync(world);
        var transitions = Watch(world);
        await world.StartAsync(Limit);
        var run = await world.StartRunAsync(parent, "token", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunParked);
        await transitions.NextAsync(TransitionKind.RunParked);
        var (deletions, isBusy) = (0, false);
        database.BeforeUnit = unit =>
        {
            if (unit.Guard?.Text == TurnSql.DeletionGuard && ++deletions == 1)
            {
                isBusy = true; // and nobody cancels the child in between
#pragma warning disable xUnit1031 // on the way of a unit, which nobody else waits for
                run.CancelAsync().GetAwaiter().GetResult();
#pragma warning restore xUnit1031
            }

            if (unit.Guard?.Text == TurnSql.CascadeGuard && isBusy)
            {
                throw FaultyDatabase.Fault(ErrorCodes.DiskFull);
            }
        };
        database.AfterUnit = unit => isBusy &= unit.Guard?.Text != TurnSql.DeletionGuard;

        await world.Runs.DeleteAsync(run.RunId, Limit);

        (await world.Runs.FindAsync(run.RunId, Limit)).Should().BeNull();
        var child = (await world.Runs.ListAsync(new() { WorkflowName = "waiting" }, cancellationToken: Limit)).Items.Single();
        child.Status.Should().Be(RunStatus.Cancelled);
        await world.ShouldBeSoundAsync();
    }

    private static async Task ShouldBeDoneAsync(World world, RunHandle<string> run)
    {
        (await ResultAsync(world, run)).Should().Be("20 22 done");
        var children = (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items;
        children.Should().HaveCount(4, "two were doubled, and one went on");
        foreach (var child in children)
        {
            (await world.Steps.ListAsync(child.RunId, cancellationToken: Limit)).Items.Should().ContainSingle()
                .Which.Attempt.Should().Be(1);
        }

        await world.ShouldBeSoundAsync();
    }

    private async Task<(World World, FaultyDatabase Database)> CreateAsync()
    {
        var world = Worlds.Create(options => options.TimeProvider = new HastyTimeProvider(), Parent, Doubled, Countdown);
        return (world, await FaultyDatabase.InstallAsync(world));
    }
}

public sealed class SqliteFileChildFaultTests() : ChildFaultConformance(Backend.SqliteFile);

public sealed class SqliteMemoryChildFaultTests() : ChildFaultConformance(Backend.SqliteMemory);
