using System.Reflection;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>The server reads statements with a parser of its own before SQLite does, so each has to pass it as well.</summary>
public sealed class ServerStatementTests() : Workflows.WorkflowTests(Backend.LibSqlServer)
{
    [Fact]
    public async Task Every_statement_compiles_on_a_server()
    {
        var world = Worlds.Create();
        await world.Shared.OpenDatabaseAsync(Limit); // makes the tables
        await using var connection = new LibSqlConnection(Worlds.ConnectionString);
        await connection.OpenAsync(Limit);
        var statements = Statements();

        var results = await connection.ExecuteStepsAsync(
            [.. statements.Select(statement => new LibSqlStep($"EXPLAIN {statement.Text}") { MissingArgumentsAreNull = true })], Limit);

        statements.Should().HaveCountGreaterThan(100);
        statements.Zip(results)
            .Where(pair => !pair.Second.Succeeded)
            .Select(pair => $"{pair.First.Name}: {pair.Second.Error?.Message}")
            .Should().BeEmpty();
    }

    private static List<(string Name, string Text)> Statements() =>
    [
        .. from type in typeof(World).Assembly.GetTypes()
           where type.Name.EndsWith("Sql", StringComparison.Ordinal)
           from field in type.GetFields(BindingFlags.Public | BindingFlags.Static)
           where field.IsLiteral && field.FieldType == typeof(string)
           select ($"{type.Name}.{field.Name}", (string)field.GetRawConstantValue()!), // a constant
    ];
}
