using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A database that refuses, or that does not say what it has done.</summary>
public abstract class FaultConformance(Backend backend) : WorkflowTests(backend)
{
    private int _executions;

    [Fact]
    public async Task A_result_that_the_database_refuses_is_recorded_later_and_its_step_not_executed_again()
    {
        var workflow = Counting();
        var (world, database) = await CreateAsync(workflow);
        database.BeforeTurn = Once<Unit>(WrittenTurn.EndsStep, () => throw FaultyDatabase.Fault(ErrorCodes.DiskFull));
        await world.StartAsync(Limit);
        var transitions = Watch(world);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await ShouldCountTwiceAsync(world, run, workflow);
        transitions.Count(TransitionKind.MessageFailed, run.RunId.Replace("wrun_", "msg_", StringComparison.Ordinal))
            .Should().Be(1);
    }

    [Fact]
    public async Task A_turn_that_was_written_without_an_answer_is_not_doubled()
    {
        var workflow = Counting();
        var (world, database) = await CreateAsync(workflow);
        var lose = Once<Unit>(
            unit => WrittenTurn.EndsStep(unit) && WrittenTurn.BeginsStep(unit), () => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));
        database.AfterTurn = unit => lose(unit);
        await world.StartAsync(Limit);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await ShouldCountTwiceAsync(world, run, workflow);
    }

    [Fact]
    public async Task A_first_turn_that_was_written_without_an_answer_is_not_doubled()
    {
        var workflow = Counting();
        var (world, database) = await CreateAsync(workflow);
        var lose = Once<Unit>(WrittenTurn.BeginsStep, () => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));
        database.AfterTurn = unit => lose(unit);
        await world.StartAsync(Limit);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await ShouldCountTwiceAsync(world, run, workflow);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_while_it_parks_tells_who_waits()
    {
        var workflow = Workflow.Define<string, string>("waiting", (flow, _) => flow.HookAsync<string>("token"));
        var (world, database) = await CreateAsync(workflow);
        const string RunId = "wrun_01JGFJJZ000000000000000000";
        var run = world.GetRun<string>(RunId);
        var waiting = new TaskCompletionSource<Task<RunEndedException>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancel = Once<Unit>(
            unit => unit.Statements.Any(statement => statement.Text == TursoWorld.Queue.QueueSql.Park),
            () =>
            {
                // The run has parked and does not know it yet. It is cancelled, and only then does somebody wait.
                run.CancelAsync(cancellationToken: Limit).GetAwaiter().GetResult();
                waiting.SetResult(FailureAsync(world, run));
            });
        database.AfterTurn = unit => cancel(unit);
        await world.StartAsync(Limit);

        await world.StartRunAsync(workflow, "", new() { RunId = RunId }, Limit);

        (await await waiting.Task.WaitAsync(Limit)).Code.Should().Be(ErrorCodes.RunCancelled);
        await world.ShouldBeSoundAsync();
    }

    private protected static Func<T, Task> Once<T>(Func<T, bool> accepts, Action act)
    {
        var isDone = 0;
        return value =>
        {
            if (accepts(value) && Interlocked.Exchange(ref isDone, 1) == 0)
            {
                act();
            }

            return Task.CompletedTask;
        };
    }

    private protected async Task<(World World, FaultyDatabase Database)> CreateAsync(
        params WorkflowDefinition[] workflows)
    {
        var world = Worlds.Create(options => options.TimeProvider = new HastyTimeProvider(), workflows);
        return (world, await FaultyDatabase.InstallAsync(world));
    }

    private protected WorkflowDefinition<string, int> Counting() => Workflow.Define<string, int>(
        "counting",
        async (flow, _) => await flow.StepAsync("one", _ => Task.FromResult(Interlocked.Increment(ref _executions)))
        + await flow.StepAsync("two", _ => Task.FromResult(Interlocked.Increment(ref _executions))));

    private protected async Task ShouldCountTwiceAsync(World world, RunHandle<int> run, WorkflowDefinition workflow)
    {
        (await ResultAsync(world, run)).Should().Be(3);
        _executions.Should().Be(2);
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items
            .Should().OnlyContain(step => step.Attempt == 1);
        Replay.Given(await world.LogAsync(run.RunId)).When(workflow).Engine.IsOver.Should().BeTrue();
        await world.ShouldBeSoundAsync();
    }
}

public sealed class SqliteFileFaultTests() : FaultConformance(Backend.SqliteFile);

public sealed class SqliteMemoryFaultTests() : FaultConformance(Backend.SqliteMemory);
