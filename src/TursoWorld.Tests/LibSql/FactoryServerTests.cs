using System.Data.Common;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Code that knows only the types of ADO.NET.</summary>
public sealed class FactoryServerTests : ServerTest
{
    [Fact]
    public async Task A_factory_makes_everything_that_is_needed()
    {
        DbProviderFactory factory = LibSqlFactory.Instance;
        var builder = factory.CreateConnectionStringBuilder()!; // the factory makes all of these
        builder["Data Source"] = $"{Database.Url}";
        builder["Host"] = Database.Host;
        await using var connection = factory.CreateConnection()!;
        connection.ConnectionString = builder.ConnectionString;
        await connection.OpenAsync(Cancellation);
        await using var command = factory.CreateCommand()!;
        var parameter = factory.CreateParameter()!;
        (parameter.ParameterName, parameter.Value) = ("@n", 20);
        (command.Connection, command.CommandText) = (connection, "SELECT @n + 1");
        command.Parameters.Add(parameter);

        (await command.ExecuteScalarAsync(Cancellation)).Should().Be(21L);

        factory.CanCreateBatch.Should().BeTrue();
        await using var batch = factory.CreateBatch()!;
        batch.Connection = connection;
        var part = factory.CreateBatchCommand()!;
        part.CommandText = "SELECT 5";
        batch.BatchCommands.Add(part);
        (await batch.ExecuteScalarAsync(Cancellation)).Should().Be(5L);
        await using var source = factory.CreateDataSource(builder.ConnectionString);
        await using var command2 = source.CreateCommand("SELECT 6");
        (await command2.ExecuteScalarAsync(Cancellation)).Should().Be(6L);
    }

    [Fact]
    public async Task The_connection_knows_its_factory()
    {
        DbProviderFactories.GetFactory(Connection).Should().BeSameAs(LibSqlFactory.Instance);
        await using var command = Connection.CreateCommand();
        command.Connection.Should().BeSameAs(Connection);
    }

    [Fact]
    public void Everything_works_without_await()
    {
        using var connection = Source.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO item (name) VALUES ('a'), ('b')";

        command.ExecuteNonQuery().Should().Be(2);
        command.CommandText = "SELECT id, name FROM item ORDER BY id; SELECT count(*) FROM item";
        command.Prepare();
        using var reader = command.ExecuteReader();
        reader.Read().Should().BeTrue();
        (reader.GetInt32(0), reader.GetString(1)).Should().Be((1, "a"));
        reader.NextResult().Should().BeTrue();
        reader.Read().Should().BeTrue();
        reader.GetInt32(0).Should().Be(2);
        reader.Close();
        command.CommandText = "SELECT name FROM item WHERE id = 99";
        command.ExecuteScalar().Should().BeNull();
        connection.Close();
    }

    [Fact]
    public async Task Two_connections_with_the_same_string_share_their_server()
    {
        await using var one = new LibSqlConnection(Database.ConnectionString);
        await using var two = new LibSqlConnection(Database.ConnectionString);
        await one.OpenAsync(Cancellation);
        await two.OpenAsync(Cancellation);
        await using var create = one.CreateCommand();
        create.CommandText = "CREATE TABLE item (id INTEGER)";
        await create.ExecuteNonQueryAsync(Cancellation);
        await using var count = two.CreateCommand();
        count.CommandText = "SELECT count(*) FROM item";

        (await count.ExecuteScalarAsync(Cancellation)).Should().Be(0L);
    }
}
