using System.Data.Common;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class TransactionConformance(Backend backend) : WorkflowTests(backend)
{
    private const string Deposit = "INSERT INTO deposits (amount) VALUES (7)";

    [Fact]
    public async Task The_statements_of_a_transaction_and_its_record_are_one()
    {
        var workflow = Depositing((_, _) => "deposited");
        var world = await StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("deposited");
        (await DepositsAsync(world)).Should().Be(1);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_transaction_that_throws_is_undone_and_tried_again()
    {
        var workflow = Depositing((_, step) =>
            step.Attempt < 3 ? throw new InvalidOperationException("bad") : $"{step.Attempt}");
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        (await DepositsAsync(world)).Should().Be(0);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await ParkedAsync(transitions, run);

        Clock.Advance(TimeSpan.FromSeconds(1));

        (await ResultAsync(world, run)).Should().Be("3");
        (await DepositsAsync(world)).Should().Be(1);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_transaction_that_fails_for_good_leaves_nothing()
    {
        var workflow = Depositing((_, _) => throw new FatalStepException("no"));
        var world = await StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await FailureAsync(world, run)).Error!.Message.Should().Be("no");
        (await DepositsAsync(world)).Should().Be(0);
    }

    [Fact]
    public async Task A_call_of_the_world_inside_throws_at_once()
    {
        World? world = null;
        var other = Workflow.Define<string, string>("other", (_, _) => Task.FromResult(""));
        var workflow = Workflow.Define<string, string>("c", (flow, _) => flow.TransactionAsync("call", async (_, _) =>
        {
            var start = () => world!.StartRunAsync(other, "");
            var resume = () => world!.ResumeHookAsync("token", "");
            await start.Should().ThrowAsync<InvalidOperationException>();
            return (await resume.Should().ThrowAsync<InvalidOperationException>()).Which.Message;
        }));
        world = await StartAsync(workflow, other);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Contain("inside a transactional step");
        (await ResultAsync(world, await world.StartRunAsync(other, "", cancellationToken: Limit))).Should().BeEmpty();
    }

    [Fact]
    public async Task Each_of_many_runs_deposits_once()
    {
        var workflow = Depositing((_, _) => "deposited");
        var world = await StartAsync(workflow);

        var runs = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ =>
            world.StartRunAsync(workflow, "", cancellationToken: Limit)));
        await Task.WhenAll(runs.Select(run => ResultAsync(world, run)));

        (await DepositsAsync(world)).Should().Be(30);
        await world.ShouldBeSoundAsync();
    }

    private static WorkflowDefinition<string, string> Depositing(Func<DbConnection, StepContext, string> after) =>
        Workflow.Define<string, string>("depositing", (flow, _) => flow.TransactionAsync(
            "deposit",
            async (transaction, step) =>
            {
                await ExecuteAsync(transaction.Connection, Deposit);
                return after(transaction.Connection, step);
            },
            new() { Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)) }));

    private async Task<World> StartAsync(params WorkflowDefinition[] workflows)
    {
        var make = Workflow.Define<string, string>("make", (flow, _) => flow.TransactionAsync(
            "make",
            async (transaction, _) =>
            {
                await ExecuteAsync(transaction.Connection, "CREATE TABLE deposits (amount INTEGER)");
                return "";
            }));
        var world = await Worlds.StartAsync([make, .. workflows]);
        await ResultAsync(world, await world.StartRunAsync(make, "", cancellationToken: Limit));
        return world;
    }

    private static async Task<long> DepositsAsync(World world) => await world.Shared.Database.ReadAsync(
        reader => reader.ScalarAsync<long>("SELECT count(*) FROM deposits"), Limit);

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a constant of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Limit);
    }
}
