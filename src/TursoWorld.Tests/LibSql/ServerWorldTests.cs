using System.Data.Common;
using FluentAssertions;
using TursoWorld.Sql.LibSql;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Worlds on a server, and what only servers do to them.</summary>
public sealed class ServerWorldTests() : WorkflowTests(Backend.LibSqlServer)
{
    [Fact]
    public async Task A_server_that_reads_and_does_not_write_is_found_by_looking()
    {
        await using var proxy = Worlds.Proxy();
        var watch = new ManualTimeProvider();
        await using var world = Worlds.CreateApart(options => (options.DatabaseUrl, options.CodeClock) = ($"{proxy.Url}", watch));
        await world.Shared.OpenDatabaseAsync(Limit);
        var hold = new Hold();
        proxy.Add(new Fault.HoldRequest(hold), "writers.touch");
        var (reads, writes) = (watch.SleeperAsync(), watch.SleeperAsync());
        var look = world.CheckHealthAsync(Limit);
        await reads;
        await writes;

        watch.Advance(TimeSpan.FromSeconds(10));

        var report = await look;
        hold.Release();
        report.Should().BeEquivalentTo(new { CanRead = true, CanWrite = false, Code = ErrorCodes.DatabaseStalled });
        report.Problem.Should().Contain("restart the server");
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_is_an_error_of_its_own_at_once()
    {
        await using var proxy = Worlds.Proxy();
        proxy.Add(
            new Fault.Answer("401 Unauthorized", """{"error":"Unauthorized: `The JWT is invalid`"}"""), _ => true, times: 100);
        await using var world = Worlds.CreateApart(options => (options.DatabaseUrl, options.AuthToken) = ($"{proxy.Url}", "secret"));

        var open = () => world.Shared.OpenDatabaseAsync(Limit);

        var thrown = (await open.Should().ThrowAsync<StorageException>()).Which;
        thrown.Code.Should().Be(ErrorCodes.DatabaseAccessDenied);
        thrown.IsTransient.Should().BeFalse();
        thrown.ToString().Should().NotContain("secret");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named()
    {
        await using var world = Worlds.CreateApart(options => options.DatabaseHost = "nowhere.test");

        var open = () => world.Shared.OpenDatabaseAsync(Limit);

        (await open.Should().ThrowAsync<StorageException>())
            .Which.Should().BeEquivalentTo(new { Code = ErrorCodes.DatabaseUnavailable, IsTransient = false });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_transaction_whose_commit_is_cut_takes_effect_once(bool isForwarded)
    {
        await using var proxy = Worlds.Proxy();
        await using var world = Worlds.CreateApart(options => options.DatabaseUrl = $"{proxy.Url}"); // says goodbye while the proxy is there
        var workflow = Workflow.Define<string, string>("depositing", (flow, _) => flow.TransactionAsync(
            "deposit",
            async (transaction, _) =>
            {
                await ExecuteAsync(transaction.Connection, "CREATE TABLE IF NOT EXISTS deposits (amount INTEGER)");
                await ExecuteAsync(transaction.Connection, "INSERT INTO deposits (amount) VALUES (7)");
                return "deposited";
            },
            new() { Retry = RetryPolicy.Fixed(5, TimeSpan.Zero) }));
        world.Register(workflow);
        await world.StartAsync(Limit);
        Fault fault = isForwarded ? new Fault.CutAnswer() : new Fault.CutBeforeForwarding();
        var cut = proxy.Add(fault, request => request.Body.Contains("\"COMMIT\"", StringComparison.Ordinal)
            && !request.Body.Contains("BEGIN", StringComparison.Ordinal));

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("deposited");
        cut.Hits.Should().Be(1);
        (await world.Shared.Database.ReadAsync(reader => reader.ScalarAsync<long>("SELECT count(*) FROM deposits"), Limit)).Should().Be(1);
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("-- now\nrollback")]
    [InlineData("SELECT 1; END")]
    [InlineData("ATTACH 'other.db' AS other")]
    [InlineData("CREATE TEMP TABLE mine (x)")]
    [InlineData("PRAGMA user_version = 7")]
    [InlineData("/* */ PRAGMA user_version(7)")]
    public async Task A_transactional_step_may_not_do_what_outlives_it(string text)
    {
        var workflow = Workflow.Define<string, string>("breaking-out", (flow, _) => flow.TransactionAsync("break", async (transaction, _) =>
        {
            var attempt = () => ExecuteAsync(transaction.Connection, text);
            return (await attempt.Should().ThrowAsync<InvalidOperationException>()).Which.Message;
        }));
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Contain("may not run");
    }

    [Theory]
    [InlineData("SAVEPOINT a; INSERT INTO t VALUES (1); ROLLBACK TO a; RELEASE a")]
    [InlineData("PRAGMA user_version")]
    [InlineData("PRAGMA table_info(t)")]
    [InlineData("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END; INSERT INTO t VALUES ('COMMIT; ROLLBACK')")]
    [InlineData("SELECT 'COMMIT' -- ; COMMIT")]
    public void What_ends_with_the_transaction_is_allowed(string text) =>
        FluentActions.Invoking(() => ServerConfinement.ThrowUnlessAllowed(text)).Should().NotThrow();

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a constant of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Limit);
    }
}
