using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>A server that is killed under its clients, and comes back.</summary>
public sealed class RestartServerTests : IAsyncLifetime
{
    private SqldServer? _server;
    private LibSqlDataSource? _source;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SqldServer Server => _server!; // set before the test begins

    public async ValueTask InitializeAsync()
    {
        _server = await SqldServer.StartAsync();
        _source = new LibSqlDataSource($"Data Source={_server.Url};Command Timeout=5");
    }

    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_crash_and_connections_go_on()
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");
        for (var id = 1; id <= 50; id++)
        {
            await connection.ExecuteAsync("INSERT INTO item VALUES (@id)", new { id });
        }

        await Server.KillAsync();
        var down = await connection.Awaiting(one => one.ExecuteScalarAsync<long>("SELECT 1")).Should().ThrowAsync<LibSqlException>();
        await Server.StartAsync();

        down.Which.IsTransient.Should().BeTrue();
        (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item")).Should().Be(50);
    }

    [Fact]
    public async Task A_connection_that_was_kept_over_a_crash_goes_on_with_another_one()
    {
        await using var connection = await OpenAsync();
        connection.KeepsServerConnection = true;
        await connection.ExecuteStepsAsync([new LibSqlStep("CREATE TABLE item (id INTEGER PRIMARY KEY)")], Cancellation);
        await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item");

        await Server.KillAsync();
        await Server.StartAsync();
        var counted = await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item");
        await Server.KillAsync();
        await Server.StartAsync();
        var inserted = await connection.ExecuteStepsAsync([new LibSqlStep("INSERT INTO item VALUES (1)")], Cancellation);

        counted.Should().Be(0);
        inserted[0].Succeeded.Should().BeTrue();
        (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item")).Should().Be(1);
    }

    [Fact]
    public async Task A_transaction_over_a_crash_is_lost_and_leaves_nothing()
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await connection.ExecuteAsync("INSERT INTO item VALUES (1)", transaction: transaction);

        await Server.KillAsync();
        await Server.StartAsync();

        var lost = await connection.Awaiting(one => one.ExecuteAsync("INSERT INTO item VALUES (2)", transaction: transaction))
            .Should().ThrowAsync<LibSqlException>();
        lost.Which.IsTransactionLost.Should().BeTrue();
        await transaction.DisposeAsync();
        (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item")).Should().Be(0);
    }

    [Fact]
    public async Task A_commit_that_finds_a_server_without_memory_fails()
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await connection.ExecuteAsync("INSERT INTO item VALUES (1)", transaction: transaction);
        await Server.KillAsync();
        await Server.StartAsync();

        var lost = await transaction.Awaiting(one => one.CommitAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        // A connection that died under the request says nothing about the request; an answer does.
        (lost.Which.IsTransactionLost || lost.Which.IsOutcomeUnknown).Should().BeTrue();
        await transaction.DisposeAsync();
        (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item")).Should().Be(0);
    }

    [Fact]
    public async Task A_server_that_dies_while_it_works_leaves_the_outcome_of_a_write_unknown()
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");
        await using var proxy = new FaultProxy(Server.Url);
        await using var source = new LibSqlDataSource($"Data Source={proxy.Url}");
        await using var through = await source.OpenConnectionAsync(Cancellation);
        var hold = new Hold();
        proxy.Add(new Fault.HoldAnswer(hold), "INSERT");
        var insert = through.ExecuteAsync("INSERT INTO item VALUES (1)");
        await hold.ReachedAsync();

        await Server.KillAsync();
        await proxy.DisposeAsync(); // the answer that it held dies with the server

        (await insert.Awaiting(one => one).Should().ThrowAsync<LibSqlException>()).Which.IsOutcomeUnknown.Should().BeTrue();
        await Server.StartAsync();
        (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item")).Should().Be(1);
    }

    private async Task<LibSqlConnection> OpenAsync() => await _source!.OpenConnectionAsync(Cancellation); // set by now
}
