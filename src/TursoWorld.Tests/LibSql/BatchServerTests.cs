using System.Data.Common;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>DbBatch: several commands in one round trip.</summary>
public sealed class BatchServerTests : ServerTest
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    }

    [Fact]
    public async Task Commands_with_parameters_of_their_own_are_one_request()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var warm = connection.CreateCommand();
        warm.CommandText = "SELECT 1";
        await warm.ExecuteScalarAsync(Cancellation); // asks what the server can do
        var before = proxy.Requests.Count;
        await using var batch = connection.CreateBatch();
        Add(batch, "INSERT INTO item (name) VALUES (@name)", "a");
        Add(batch, "INSERT INTO item (name) VALUES (@name)", "b");

        var changed = await batch.ExecuteNonQueryAsync(Cancellation);

        connection.CanCreateBatch.Should().BeTrue();
        changed.Should().Be(2);
        batch.BatchCommands.Select(command => command.RecordsAffected).Should().Equal(1, 1);
        proxy.Requests.Skip(before).Should().ContainSingle();
    }

    [Fact]
    public async Task Each_command_with_columns_is_a_result()
    {
        await using var batch = Connection.CreateBatch();
        Add(batch, "INSERT INTO item (name) VALUES (@name) RETURNING id", "a");
        Add(batch, "SELECT name FROM item WHERE name = @name", "a");

        await using var reader = await batch.ExecuteReaderAsync(Cancellation);

        (await reader.ReadAsync(Cancellation)).Should().BeTrue();
        reader.GetInt64(0).Should().Be(1);
        (await reader.NextResultAsync(Cancellation)).Should().BeTrue();
        (await reader.ReadAsync(Cancellation)).Should().BeTrue();
        reader.GetString(0).Should().Be("a");
        (await reader.NextResultAsync(Cancellation)).Should().BeFalse();
    }

    [Fact]
    public async Task A_batch_that_fails_half_way_leaves_nothing_and_says_which_command_it_was()
    {
        await using var batch = Connection.CreateBatch();
        Add(batch, "INSERT INTO item (name) VALUES (@name)", "a");
        Add(batch, "INSERT INTO item (name) VALUES (@name)", "a");
        Add(batch, "INSERT INTO item (name) VALUES (@name)", "c");

        var failed = await batch.Awaiting(one => one.ExecuteNonQueryAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        failed.Which.BatchCommand.Should().BeSameAs(batch.BatchCommands[1]);
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(0L);
    }

    [Fact]
    public async Task A_batch_in_a_transaction_belongs_to_it()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await using var batch = Connection.CreateBatch();
        batch.Transaction = transaction;
        Add(batch, "INSERT INTO item (name) VALUES (@name)", "a");
        Add(batch, "SELECT count(*) FROM item WHERE name = @name", "a");
        await using (var reader = await batch.ExecuteReaderAsync(Cancellation))
        {
            (await reader.ReadAsync(Cancellation)).Should().BeTrue();
            reader.GetInt64(0).Should().Be(1);
        }

        await transaction.RollbackAsync(Cancellation);

        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(0L);
    }

    [Fact]
    public async Task The_first_value_of_a_batch_is_its_scalar_also_synchronously()
    {
        await using var batch = Connection.CreateBatch();
        Add(batch, "SELECT 7, @name", "a");
        Add(batch, "SELECT 8, @name", "a");

        (await batch.ExecuteScalarAsync(Cancellation)).Should().Be(7L);
        batch.ExecuteScalar().Should().Be(7L);
    }

    private static void Add(DbBatch batch, string sql, string name)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = sql;
        command.Parameters.Add(new LibSqlParameter("@name", name));
        batch.BatchCommands.Add(command);
    }
}
