using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Storage;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What was written without an answer has been written.</summary>
public abstract class LostAnswerConformance(Backend backend) : FaultConformance(backend)
{
    [Fact]
    public async Task The_end_of_a_run_that_was_written_without_an_answer_is_told()
    {
        var workflow = Counting();
        var (world, database) = await CreateAsync(workflow);
        var lose = Once<Unit>(
            unit => unit.Statements.Any(statement => statement.Text == RunSql.End),
            () => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));
        database.AfterTurn = unit => lose(unit);
        await world.StartAsync(Limit);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await ShouldCountTwiceAsync(world, run, workflow);
    }

    [Fact]
    public async Task A_transaction_that_was_committed_without_an_answer_is_not_doubled()
    {
        var executions = 0;
        var workflow = Workflow.Define<string, int>("transacting", (flow, _) =>
            flow.TransactionAsync("count", (_, _) => Task.FromResult(++executions)));
        var (world, database) = await CreateAsync(workflow);
        var lose = Once<bool>(_ => true, () => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));
        database.AfterTransaction = () => lose(true);
        await world.StartAsync(Limit);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be(1);
        executions.Should().Be(1);
        Replay.Given(await world.LogAsync(run.RunId)).When(workflow).Engine.IsOver.Should().BeTrue();
        await world.ShouldBeSoundAsync();
    }
}

public sealed class SqliteFileLostAnswerTests() : LostAnswerConformance(Backend.SqliteFile);

public sealed class SqliteMemoryLostAnswerTests() : LostAnswerConformance(Backend.SqliteMemory);
