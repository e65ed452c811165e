using System.Data;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class ReaderServerTests : ServerTest
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("""
            CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, photo BLOB);
            INSERT INTO item VALUES (1, 'a', 1.5, x'00ff'), (2, 'b', NULL, NULL);
            """);
    }

    [Fact]
    public async Task A_table_of_ado_net_loads_itself()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = "SELECT id, name, price, photo FROM item ORDER BY id";
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        using var table = new DataTable();

        table.Load(reader);

        table.Columns.Cast<DataColumn>().Select(column => (column.ColumnName, column.DataType)).Should().Equal(
            ("id", typeof(long)), ("name", typeof(string)), ("price", typeof(double)), ("photo", typeof(byte[])));
        table.Rows.Cast<DataRow>().Select(row => row.ItemArray).Should().BeEquivalentTo(
            (object[][])[[1L, "a", 1.5, new byte[] { 0, 255 }], [2L, "b", DBNull.Value, DBNull.Value]], options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task Columns_are_found_by_name_and_position()
    {
        await using var reader = await ReadAsync("SELECT id, name AS Name, 1 AS twice, 2 AS twice FROM item ORDER BY id");

        reader.FieldCount.Should().Be(4);
        reader.HasRows.Should().BeTrue();
        reader.GetOrdinal("Name").Should().Be(1);
        reader.GetOrdinal("name").Should().Be(1, "letter case decides only between names that differ in nothing else");
        reader.GetOrdinal("twice").Should().Be(2);
        reader.Invoking(one => one.GetOrdinal("nothing")).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*nothing*");
        (await reader.ReadAsync(Cancellation)).Should().BeTrue();
        reader["Name"].Should().Be("a");
        reader[0].Should().Be(1L);
        var values = new object[10];
        reader.GetValues(values).Should().Be(4);
        values[..4].Should().Equal(1L, "a", 1L, 2L);
    }

    [Fact]
    public async Task A_null_that_is_read_as_something_is_refused()
    {
        await using var reader = await ReadAsync("SELECT price FROM item WHERE id = 2");
        await reader.ReadAsync(Cancellation);

        (await reader.IsDBNullAsync(0, Cancellation)).Should().BeTrue();
        reader.Invoking(one => one.GetDouble(0)).Should().Throw<InvalidOperationException>().WithMessage("*NULL*");
    }

    [Fact]
    public async Task Reading_beside_the_rows_is_refused()
    {
        var reader = await ReadAsync("SELECT id FROM item WHERE id = 1");

        reader.Invoking(one => one.GetInt64(0)).Should().Throw<InvalidOperationException>("no row was read yet");
        await reader.ReadAsync(Cancellation);
        reader.Invoking(one => one.GetInt64(1)).Should().Throw<ArgumentOutOfRangeException>();
        (await reader.ReadAsync(Cancellation)).Should().BeFalse();
        reader.Invoking(one => one.GetInt64(0)).Should().Throw<InvalidOperationException>("there are no more rows");
        await reader.DisposeAsync();
        reader.IsClosed.Should().BeTrue();
        reader.Invoking(one => one.Read()).Should().Throw<InvalidOperationException>("it is closed");
    }

    [Fact]
    public async Task A_result_without_rows_has_its_columns()
    {
        await using var reader = await ReadAsync("SELECT id, name FROM item WHERE id = 99");

        reader.HasRows.Should().BeFalse();
        reader.FieldCount.Should().Be(2);
        reader.GetDataTypeName(1).Should().Be("TEXT");
        reader.RecordsAffected.Should().Be(-1);
        (await reader.ReadAsync(Cancellation)).Should().BeFalse();
    }

    [Fact]
    public async Task The_connection_is_closed_with_the_reader_when_that_is_asked_for()
    {
        var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1";
        await using (var reader = await command.ExecuteReaderAsync(CommandBehavior.CloseConnection, Cancellation))
        {
            connection.State.Should().Be(ConnectionState.Open);
        }

        connection.State.Should().Be(ConnectionState.Closed);
    }

    [Fact]
    public async Task Readers_of_many_connections_read_at_the_same_time()
    {
        const string Numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) SELECT n, hex(randomblob(20)) FROM c";

        var sums = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            await using var connection = await OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = Numbers;
            await using var reader = await command.ExecuteReaderAsync(Cancellation);
            var sum = 0L;
            while (await reader.ReadAsync(Cancellation))
            {
                sum += reader.GetInt64(0);
            }

            return sum;
        }));

        sums.Should().HaveCount(16).And.OnlyContain(sum => sum == 2_001_000);
    }

    [Fact]
    public async Task A_connection_does_one_thing_at_a_time_and_says_so()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var hold = new Support.Hold();
        proxy.Add(new Support.Fault.HoldRequest(hold), "'first'");
        await using var first = connection.CreateCommand();
        first.CommandText = "SELECT 'first'";
        await using var second = connection.CreateCommand();
        second.CommandText = "SELECT 'second'";
        var running = first.ExecuteScalarAsync(Cancellation);
        await hold.ReachedAsync();

        await second.Awaiting(one => one.ExecuteScalarAsync(Cancellation)).Should().ThrowAsync<InvalidOperationException>();
        hold.Release();

        (await running).Should().Be("first");
        (await second.ExecuteScalarAsync(Cancellation)).Should().Be("second");
    }

    [Fact]
    public async Task An_infinity_that_was_computed_is_read_as_one_and_nan_is_null()
    {
        (await ScalarAsync("SELECT 9e999")).Should().Be(double.PositiveInfinity);
        (await ScalarAsync("SELECT 9e999 - 9e999")).Should().Be(DBNull.Value);
    }

    private async Task<LibSqlDataReader> ReadAsync(string sql)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteReaderAsync(Cancellation);
    }
}
