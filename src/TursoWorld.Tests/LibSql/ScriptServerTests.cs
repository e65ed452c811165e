using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Command texts with several statements. The server takes one at a time.</summary>
public sealed class ScriptServerTests : ServerTest
{
    private const string Schema = """
        -- a comment; with a semicolon
        CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT DEFAULT ';');
        CREATE TABLE change ("of;item" INTEGER, what TEXT); /* another; one */
        CREATE TRIGGER item_added AFTER INSERT ON item WHEN CASE NEW.name WHEN 'quiet' THEN 0 ELSE 1 END
        BEGIN
            INSERT INTO change VALUES (NEW.id, 'added; ' || NEW.name);
            UPDATE change SET what = CASE WHEN what IS NULL THEN 'x' ELSE what END WHERE "of;item" = NEW.id;
        END;
        CREATE TEMPORARY_NAME;
        """;

    [Fact]
    public async Task Statements_are_executed_one_after_the_other_triggers_included()
    {
        await ExecuteAsync(Schema.Replace("CREATE TEMPORARY_NAME;", ";;", StringComparison.Ordinal));

        await ExecuteAsync("INSERT INTO item (name) VALUES ('a;b'); INSERT INTO item (name) VALUES ('quiet'); INSERT INTO item DEFAULT VALUES;");

        (await ScalarAsync("SELECT group_concat(what, '|') FROM change")).Should().Be("added; a;b|added; ;");
    }

    [Fact]
    public async Task A_script_that_cannot_be_parsed_is_not_begun()
    {
        await this.Awaiting(_ => ExecuteAsync(Schema)).Should().ThrowAsync<LibSqlException>();

        (await Raw.ScalarAsync("SELECT count(*) FROM sqlite_master")).Should().Be("0");
    }

    [Fact]
    public async Task A_script_stops_at_the_first_statement_that_fails()
    {
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");

        await this.Awaiting(_ => ExecuteAsync("INSERT INTO item VALUES (1); INSERT INTO item VALUES (1); INSERT INTO item VALUES (2)"))
            .Should().ThrowAsync<LibSqlException>();

        (await Raw.ScalarAsync("SELECT group_concat(id) FROM item")).Should().Be("1", "a file does the same: nothing is undone, nothing more is done");
    }

    [Fact]
    public async Task A_script_with_begin_and_commit_is_a_transaction()
    {
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");

        await ExecuteAsync("BEGIN; INSERT INTO item VALUES (1); INSERT INTO item VALUES (2); COMMIT");
        await this.Awaiting(_ => ExecuteAsync("BEGIN; INSERT INTO item VALUES (3); INSERT INTO item VALUES (1); COMMIT"))
            .Should().ThrowAsync<LibSqlException>();

        (await Raw.ScalarAsync("SELECT group_concat(id) FROM item")).Should().Be("1,2");
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(2L, "the transaction that failed is not left open");
    }

    [Fact]
    public async Task Each_statement_with_columns_is_a_result_and_the_counts_add_up()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = """
            CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
            INSERT INTO item (name) VALUES (@first), (@second);
            SELECT id, name FROM item ORDER BY id;
            UPDATE item SET name = @first;
            SELECT count(*) AS number FROM item WHERE name = @first;
            """;
        command.Parameters.AddWithValue("@first", "a");
        command.Parameters.AddWithValue("second", "b");

        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var names = new List<string>();
        while (await reader.ReadAsync(Cancellation))
        {
            names.Add($"{reader.GetInt64(0)} {reader.GetString(1)}");
        }

        names.Should().Equal("1 a", "2 b");
        (await reader.NextResultAsync(Cancellation)).Should().BeTrue();
        reader.GetName(0).Should().Be("number");
        (await reader.ReadAsync(Cancellation)).Should().BeTrue();
        reader.GetInt64(0).Should().Be(2);
        (await reader.NextResultAsync(Cancellation)).Should().BeFalse();
        reader.RecordsAffected.Should().Be(4);
    }

    [Theory]
    [InlineData(";")]
    [InlineData("  ;; -- nothing\n /* at all */ ;")]
    public async Task A_text_without_a_statement_does_what_a_file_does_with_it(string text)
    {
        await using var local = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
        await local.OpenAsync(Cancellation);

        (await OutcomeAsync(Connection, text)).Should().Be(await OutcomeAsync(local, text));
    }

    [Theory]
    [InlineData("INSERT INTO item VALUES (3, 'c'), (4, 'd') RETURNING id")]
    [InlineData("UPDATE item SET name = 'x' RETURNING id; SELECT 1; DELETE FROM item WHERE id = 1 RETURNING id")]
    [InlineData("DELETE FROM item WHERE id = 99 RETURNING id")]
    [InlineData("SELECT id FROM item")]
    public async Task Rows_that_change_are_counted_as_in_a_file(string text)
    {
        const string Items = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO item VALUES (1, 'a'), (2, 'b')";
        await using var local = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
        await local.OpenAsync(Cancellation);
        await OutcomeAsync(local, Items);
        await OutcomeAsync(Connection, Items);

        (await OutcomeAsync(Connection, text)).Should().Be(await OutcomeAsync(local, text));
    }

    [Fact]
    public async Task A_trigger_whose_text_is_not_finished_is_an_error()
    {
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");

        await this.Awaiting(_ => ExecuteAsync("CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; SELECT 1;"))
            .Should().ThrowAsync<LibSqlException>();
    }

    private static async Task<string> OutcomeAsync(System.Data.Common.DbConnection connection, string text)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        try
        {
            return $"{await command.ExecuteNonQueryAsync(Cancellation)}";
        }
        catch (InvalidOperationException refused)
        {
            return refused.GetType().Name;
        }
    }
}
