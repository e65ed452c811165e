using System.Diagnostics;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Who gives up a statement stops it on the server. The server would not stop these by itself within the time of a test.</summary>
public sealed class CancellationServerTests : ServerTest
{
    private const string Endless = """
        INSERT INTO item
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)
        SELECT count(*) FROM c
        """;

    protected override int? TransactionSeconds => 3_600;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE item (id INTEGER)");
    }

    [Fact]
    public async Task Another_writer_gets_the_lock_of_a_statement_that_was_cancelled()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var rule = proxy.Add(new Fault.HoldRequest(Passed()), "RECURSIVE");
        using var cancel = new CancellationTokenSource();
        await using var command = connection.CreateCommand();
        command.CommandText = Endless;
        var running = command.ExecuteNonQueryAsync(cancel.Token);
        await rule.ReachedAsync();

        await cancel.CancelAsync();

        (await running.Awaiting(one => one).Should().ThrowAsync<OperationCanceledException>())
            .Which.CancellationToken.Should().Be(cancel.Token);
        await Raw.ScalarAsync("INSERT INTO item VALUES (1)");
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(1L);
    }

    [Fact]
    public async Task Cancelling_a_statement_of_a_transaction_loses_the_transaction()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        using var cancel = new CancellationTokenSource();
        await using var command = Connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO item VALUES (7)";
        await command.ExecuteNonQueryAsync(Cancellation);
        command.CommandText = Endless;
        var running = command.ExecuteNonQueryAsync(cancel.Token);

        await cancel.CancelAsync();

        await running.Awaiting(one => one).Should().ThrowAsync<OperationCanceledException>();
        var lost = await transaction.Awaiting(one => one.CommitAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();
        lost.Which.IsTransactionLost.Should().BeTrue();
        await transaction.DisposeAsync();
        await Raw.ScalarAsync("INSERT INTO item VALUES (1)");
        (await ScalarAsync("SELECT sum(id) FROM item")).Should().Be(1L);
    }

    [Fact]
    public async Task Cancel_stops_what_another_thread_executes()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = Endless;
        var running = command.ExecuteNonQueryAsync(Cancellation);

        command.Cancel();

        await running.Awaiting(one => one).Should().ThrowAsync<Exception>();
        await Raw.ScalarAsync("INSERT INTO item VALUES (1)");
    }

    [Fact]
    public async Task A_token_that_is_cancelled_beforehand_sends_nothing()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO item VALUES (1)";

        await command.Awaiting(one => one.ExecuteNonQueryAsync(new CancellationToken(canceled: true)))
            .Should().ThrowAsync<OperationCanceledException>();

        proxy.Requests.Should().NotContain(request => request.Body.Contains("INSERT", StringComparison.Ordinal));
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(0L);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_statement_that_takes_longer_than_the_command_timeout_is_stopped(bool synchronously)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = Endless;
        command.CommandTimeout = 1;

        var start = Stopwatch.GetTimestamp();
        var exceeded = synchronously
            ? command.Invoking(one => one.ExecuteNonQuery()).Should().Throw<LibSqlException>()
            : await command.Awaiting(one => one.ExecuteNonQueryAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        Stopwatch.GetElapsedTime(start).Should().BeGreaterThan(TimeSpan.FromSeconds(0.9));
        exceeded.Which.Message.Should().ContainEquivalentOf("command timeout").And.Contain("1 s");
        exceeded.Which.IsOutcomeUnknown.Should().BeTrue("nobody knows whether it was the last moment of the statement");
        await Raw.ScalarAsync("INSERT INTO item VALUES (1)");
    }

    [Fact]
    public async Task A_read_that_takes_longer_than_the_timeout_of_the_connection_is_stopped_and_has_a_known_outcome()
    {
        await using var connection = new LibSqlConnection($"{Database.ConnectionString};Command Timeout=1");
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";

        command.CommandTimeout.Should().Be(1);
        var exceeded = await command.Awaiting(one => one.ExecuteScalarAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        exceeded.Which.IsOutcomeUnknown.Should().BeFalse();
    }

    private static Hold Passed()
    {
        var hold = new Hold();
        hold.Release();
        return hold;
    }
}
