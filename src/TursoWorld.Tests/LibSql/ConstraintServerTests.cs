using Dapper;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>The server sends no extended codes. The provider recovers them, so that they are those of a file.</summary>
public sealed class ConstraintServerTests : ServerTest
{
    private const string Schema = """
        CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE item (
            id INTEGER PRIMARY KEY,
            name TEXT UNIQUE,
            kind TEXT NOT NULL DEFAULT 'a' CHECK (kind IN ('a', 'b')),
            parent_id INTEGER REFERENCES parent (id));
        CREATE TABLE refused (id INTEGER);
        CREATE TRIGGER refuse BEFORE INSERT ON refused BEGIN SELECT RAISE(ABORT, 'guard: lease'); END;
        INSERT INTO item (id, name) VALUES (1, 'taken');
        """;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync(Schema);
    }

    [Theory]
    [InlineData("INSERT INTO item (name) VALUES ('taken')", 2067)]
    [InlineData("INSERT INTO item (kind) VALUES (NULL)", 1299)]
    [InlineData("INSERT INTO item (kind) VALUES ('z')", 275)]
    [InlineData("INSERT INTO item (parent_id) VALUES (99)", 787)]
    [InlineData("INSERT INTO refused VALUES (1)", 1811)]
    public async Task A_violated_constraint_has_the_codes_and_the_text_of_a_file(string sql, int code)
    {
        await using var local = new SqliteConnection("Data Source=:memory:;Foreign Keys=true");
        await local.OpenAsync(Cancellation);
        await local.ExecuteAsync(Schema);
        var expected = (await local.Awaiting(one => one.ExecuteAsync(sql)).Should().ThrowAsync<SqliteException>()).Which;

        var violation = (await Connection.Awaiting(one => one.ExecuteAsync(sql)).Should().ThrowAsync<LibSqlException>()).Which;

        violation.SqliteErrorCode.Should().Be(19).And.Be(expected.SqliteErrorCode);
        violation.SqliteExtendedErrorCode.Should().Be(code).And.Be(expected.SqliteExtendedErrorCode);
        violation.ServerCode.Should().Be("SQLITE_CONSTRAINT");
        expected.Message.Should().Contain(violation.ServerMessage);
        violation.IsTransient.Should().BeFalse();
        violation.IsOutcomeUnknown.Should().BeFalse();
        violation.IsTransactionLost.Should().BeFalse();
    }

    /// <summary>The text of the server is that of a unique column.</summary>
    [Fact]
    public async Task A_primary_key_that_is_taken_is_a_unique_violation()
    {
        var violation = (await Connection.Awaiting(one => one.ExecuteAsync("INSERT INTO item (id) VALUES (1)"))
            .Should().ThrowAsync<LibSqlException>()).Which;

        violation.SqliteErrorCode.Should().Be(19);
        violation.SqliteExtendedErrorCode.Should().BeOneOf(2067, 1555);
        violation.ServerMessage.Should().Be("UNIQUE constraint failed: item.id");
    }

    [Theory]
    [InlineData("SELECT * FROM nowhere", 1, "no such table: nowhere")]
    [InlineData("SELECT color FROM item", 1, "no such column: color")]
    [InlineData("SELECT pow_of_two(1)", 1, "no such function: pow_of_two")]
    [InlineData("SELECT FROM WHERE", 1, "syntax error")]
    [InlineData("VACUUM", 1, "vacuum")]
    [InlineData("INSERT INTO item (id) VALUES ('no number')", 20, "datatype mismatch")]
    public async Task Another_mistake_has_the_code_of_a_file_and_says_what_it_is(string sql, int code, string text)
    {
        var mistake = (await Connection.Awaiting(one => one.ExecuteAsync(sql)).Should().ThrowAsync<LibSqlException>()).Which;

        mistake.SqliteErrorCode.Should().Be(code);
        mistake.ServerMessage.Should().ContainEquivalentOf(text);
        mistake.Message.Should().Contain(mistake.ServerMessage);
        mistake.IsTransient.Should().BeFalse();
        mistake.IsOutcomeUnknown.Should().BeFalse();
    }

    [Fact]
    public async Task A_parameter_without_a_value_is_refused_by_name_before_anything_is_sent()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = "INSERT INTO item (name, kind) VALUES (@name, @kind)";
        command.Parameters.AddWithValue("@name", "x");

        var missing = await command.Awaiting(one => one.ExecuteNonQueryAsync(Cancellation)).Should().ThrowAsync<InvalidOperationException>();

        missing.Which.Message.Should().Contain("@kind");
    }
}
