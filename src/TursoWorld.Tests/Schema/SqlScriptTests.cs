using FluentAssertions;
using TursoWorld.Schema;
using TursoWorld.Sql;
using Xunit;

namespace TursoWorld.Tests.Schema;

public sealed class SqlScriptTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  \n ; ;; \n")]
    [InlineData("-- nothing but a comment")]
    [InlineData("/* nothing; but; a comment */ ;")]
    public void A_script_without_statements_has_none(string script) => SqlScript.Split(script).Should().BeEmpty();

    [Theory]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("SELECT 1;SELECT 2;")]
    [InlineData("\n\nSELECT 1 ;\n\n;SELECT 2;\n")]
    public void Statements_end_at_semicolons(string script) => SqlScript.Split(script)
        .Should().Equal("SELECT 1", "SELECT 2");

    [Theory]
    [InlineData("SELECT 'a;b'")]
    [InlineData("SELECT 'it''s; here'")]
    [InlineData("SELECT \"a;\"\"b\"")]
    [InlineData("SELECT 1 -- one; not two\n + 2")]
    [InlineData("SELECT 1 /* one; not two */ + 2")]
    [InlineData("SELECT 1 /* unclosed; comment")]
    [InlineData("SELECT 1 -- last line; without end")]
    [InlineData("SELECT 'unclosed; quote")]
    [InlineData("SELECT '--'")]
    [InlineData("SELECT '/*' || '*/'")]
    public void A_semicolon_in_a_quote_or_comment_ends_nothing(string statement)
    {
        SqlScript.Split(statement).Should().Equal(statement);
    }

    [Fact]
    public void A_comment_stays_with_the_statement_behind_it() => SqlScript.Split("SELECT 1;\n-- why;\nSELECT 2;")
        .Should().Equal("SELECT 1", "-- why;\nSELECT 2");

    [Theory]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END")]
    [InlineData("create trigger t after insert on a begin select 1; end")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT ';END;'; END")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; -- END;\n SELECT 2; END")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END AS b; END")]
    public void A_trigger_is_one_statement(string trigger) => SqlScript.Split(trigger + ";\nSELECT 3;")
        .Should().Equal(trigger, "SELECT 3");

    [Fact]
    public void A_case_outside_a_trigger_ends_no_statement() =>
        SqlScript.Split("SELECT CASE WHEN 1 THEN 2 END; SELECT 3")
            .Should().Equal("SELECT CASE WHEN 1 THEN 2 END", "SELECT 3");

    [Fact]
    public void The_migrations_of_the_library_are_split_into_statements_that_SQLite_accepts()
    {
        using var database = new Sqlite.RawDatabase(":memory:");

        foreach (var statement in Migration.LoadAll().SelectMany(migration => SqlScript.Split(migration.Script)))
        {
            database.Execute(statement).Should().Be(0, "{0} is one statement: {1}", statement, database.Message);
        }
    }
}
