using System.Data;
using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class TransactionServerTests : ServerTest
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    }

    [Fact]
    public async Task What_is_committed_stays()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('a'), ('b')", transaction: transaction);
        var inside = await Connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item", transaction: transaction);

        (await Raw.ScalarAsync("SELECT count(*) FROM item")).Should().Be("0");
        await transaction.CommitAsync(Cancellation);

        inside.Should().Be(2);
        (await Raw.ScalarAsync("SELECT count(*) FROM item")).Should().Be("2");
    }

    [Fact]
    public async Task What_is_rolled_back_is_gone_and_the_lock_is_free()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: transaction);

        await transaction.RollbackAsync(Cancellation);

        await Raw.ScalarAsync("INSERT INTO item (name) VALUES ('after')");
        (await ScalarAsync("SELECT group_concat(name) FROM item")).Should().Be("after");
    }

    [Fact]
    public async Task A_transaction_that_is_disposed_of_without_commit_is_rolled_back()
    {
        await using (var transaction = await Connection.BeginTransactionAsync(Cancellation))
        {
            await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: transaction);
        }

        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(0L);
        await using var next = await Connection.BeginTransactionAsync(Cancellation);
        await next.RollbackAsync(Cancellation);
    }

    [Fact]
    public async Task Closing_the_connection_rolls_its_transaction_back()
    {
        var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await connection.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: transaction);

        await connection.DisposeAsync();

        await Raw.ScalarAsync("INSERT INTO item (name) VALUES ('after')");
        (await ScalarAsync("SELECT group_concat(name) FROM item")).Should().Be("after");
    }

    [Fact]
    public async Task A_constraint_that_is_violated_inside_fails_its_statement_and_nothing_else()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: transaction);

        var violation = await Connection.Awaiting(one => one.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: transaction))
            .Should().ThrowAsync<LibSqlException>();
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('b')", transaction: transaction);
        await transaction.CommitAsync(Cancellation);

        violation.Which.IsTransactionLost.Should().BeFalse();
        violation.Which.SqliteErrorCode.Should().Be(19);
        (await ScalarAsync("SELECT group_concat(name) FROM item")).Should().Be("a,b");
    }

    [Fact]
    public async Task A_finished_transaction_cannot_be_used_again()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: transaction);
        await transaction.CommitAsync(Cancellation);

        await transaction.Awaiting(done => done.CommitAsync(Cancellation)).Should().ThrowAsync<InvalidOperationException>();
        await transaction.Awaiting(done => done.RollbackAsync(Cancellation)).Should().ThrowAsync<InvalidOperationException>();
        await Connection.Awaiting(one => one.ExecuteAsync("SELECT 1", transaction: transaction))
            .Should().ThrowAsync<InvalidOperationException>();
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(1L);
    }

    [Fact]
    public async Task A_transaction_in_which_nothing_is_done_commits_and_rolls_back()
    {
        var empty = await Connection.BeginTransactionAsync(Cancellation);
        await empty.CommitAsync(Cancellation);
        var undone = await Connection.BeginTransactionAsync(Cancellation);
        await undone.RollbackAsync(Cancellation);

        (await ScalarAsync("SELECT 1")).Should().Be(1L);
    }

    [Fact]
    public async Task A_connection_has_one_transaction_at_a_time()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);

        await Connection.Awaiting(one => one.BeginTransactionAsync(Cancellation).AsTask()).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task A_command_names_the_transaction_of_its_connection_or_is_refused()
    {
        await using var other = await OpenAsync();
        await using var foreign = await other.BeginTransactionAsync(IsolationLevel.Serializable, Cancellation);
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);

        await Connection.Awaiting(one => one.ExecuteAsync("SELECT 1", transaction: foreign)).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task Of_two_writers_the_second_waits_for_the_first()
    {
        await using var other = await OpenAsync();
        await using var first = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: first);

        await using var second = await other.BeginTransactionAsync(Cancellation);
        var waiting = other.ExecuteScalarAsync<string>("SELECT group_concat(name) FROM item", transaction: second);
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('b')", transaction: first);
        await first.CommitAsync(Cancellation);

        (await waiting).Should().Be("a,b", "a transaction that may write sees what was committed before it could begin");
        await second.RollbackAsync(Cancellation);
    }

    [Fact]
    public async Task A_deferred_transaction_reads_one_state_and_stops_no_writer()
    {
        await ExecuteAsync("INSERT INTO item (name) VALUES ('a')");
        await using var transaction = Connection.BeginTransaction(deferred: true);
        var before = await Connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item", transaction: transaction);

        await Raw.ScalarAsync("INSERT INTO item (name) VALUES ('b')");
        var after = await Connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item", transaction: transaction);
        await transaction.CommitAsync(Cancellation);

        (before, after).Should().Be((1, 1));
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(2L);
    }

    [Fact]
    public async Task A_deferred_transaction_that_writes_on_an_old_state_is_told_that_the_database_is_busy()
    {
        await using var transaction = Connection.BeginTransaction(deferred: true);
        await Connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item", transaction: transaction);
        await Raw.ScalarAsync("INSERT INTO item (name) VALUES ('b')");

        var busy = await Connection.Awaiting(one => one.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: transaction))
            .Should().ThrowAsync<LibSqlException>();

        busy.Which.SqliteErrorCode.Should().Be(5);
        busy.Which.IsTransient.Should().BeTrue();
        await transaction.RollbackAsync(Cancellation);
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(1L);
    }

    [Fact]
    public async Task Savepoints_undo_a_part()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        transaction.SupportsSavepoints.Should().BeTrue();
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('a')", transaction: transaction);
        await transaction.SaveAsync("part", Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item (name) VALUES ('b')", transaction: transaction);

        await transaction.RollbackAsync("part", Cancellation);
        await transaction.ReleaseAsync("part", Cancellation);
        await transaction.CommitAsync(Cancellation);

        (await ScalarAsync("SELECT group_concat(name) FROM item")).Should().Be("a");
    }

    [Fact]
    public void The_synchronous_ways_do_the_same()
    {
        using (var transaction = Connection.BeginTransaction())
        {
            Connection.Execute("INSERT INTO item (name) VALUES ('a')", transaction: transaction);
            transaction.Commit();
        }

        using (var transaction = Connection.BeginTransaction(IsolationLevel.Serializable))
        {
            Connection.Execute("INSERT INTO item (name) VALUES ('b')", transaction: transaction);
            transaction.Rollback();
        }

        using (var transaction = Connection.BeginTransaction())
        {
            Connection.Execute("INSERT INTO item (name) VALUES ('c')", transaction: transaction);
        }

        Connection.ExecuteScalar<string>("SELECT group_concat(name) FROM item").Should().Be("a");
    }
}
