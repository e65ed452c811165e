using FluentAssertions;
using TursoWorld.LibSql.Sql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class LexerTests
{
    [Theory]
    [InlineData("SELECT 1", "SELECT 1")]
    [InlineData("SELECT 1;", "SELECT 1")]
    [InlineData(" ; ;; SELECT 1 ; ", "SELECT 1")]
    [InlineData("", null)]
    [InlineData(" -- nothing; at all", null)]
    [InlineData("/* never ends ; SELECT 1", null)]
    [InlineData("SELECT ';' ; SELECT 2", "SELECT ';'|SELECT 2")]
    [InlineData("SELECT 'it''s;' ; SELECT 2", "SELECT 'it''s;'|SELECT 2")]
    [InlineData("SELECT \"a;\"\";\", `b;`, [c;] ; SELECT 2", "SELECT \"a;\"\";\", `b;`, [c;]|SELECT 2")]
    [InlineData("SELECT 1 -- one;\n; SELECT 2 /* ; */ + 1", "SELECT 1 -- one;|SELECT 2 /* ; */ + 1")]
    [InlineData("SELECT 1 - -1; SELECT 'unfinished ; ", "SELECT 1 - -1|SELECT 'unfinished ;")]
    public void A_text_is_cut_at_the_semicolons_between_statements(string text, string? statements) =>
        SqlSplitter.Split(text).Select(statement => statement.Text)
            .Should().Equal(statements?.Split('|') ?? []);

    [Theory]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN d THEN 1 END; DELETE FROM e; END")]
    [InlineData("CREATE TEMP TRIGGER IF NOT EXISTS t INSTEAD OF INSERT ON v BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END")]
    [InlineData("create temporary trigger t after insert on a begin insert into \"end\" values (';'); end")]
    [InlineData("EXPLAIN QUERY PLAN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END")]
    public void A_trigger_ends_with_its_last_end(string trigger) =>
        SqlSplitter.Split($"{trigger}; SELECT 2;").Select(statement => statement.Text)
            .Should().Equal(trigger, "SELECT 2");

    [Theory]
    [InlineData("CREATE TABLE trigger (a); SELECT 1")]
    [InlineData("CREATE INDEX trigger ON t (a); SELECT 1")]
    [InlineData("BEGIN; COMMIT")]
    public void Only_a_trigger_has_semicolons_inside(string text) => SqlSplitter.Split(text).Should().HaveCount(2);

    [Theory]
    [InlineData("SELECT @a, :b, $c, @a", "@a,:b,$c")]
    [InlineData("SELECT '@a', \"@b\", [@c], `@d`, x'00' -- @e\n, /* @f */ @g", "@g")]
    [InlineData("SELECT @id_1 || @idé", "@id_1,@idé")]
    [InlineData("SELECT a$b, @A, @a", "@A,@a")]
    [InlineData("SELECT ?, ?, ?", "?1,?2,?3")]
    [InlineData("SELECT ?2, ?", "?1,?2,?3")]
    [InlineData("SELECT ?, ?2, ?1, ?", "?1,?2,?3")]
    [InlineData("SELECT json_extract(a, '$.b') ->> '$.c'", "")]
    public void Parameters_are_found_once_where_they_are_ones(string text, string labels)
    {
        var statement = SqlSplitter.Split(text).Should().ContainSingle().Subject;

        statement.Text.Should().Be(text);
        string.Join(',', statement.Parameters.Select(slot => slot.Label)).Should().Be(labels);
    }

    [Fact]
    public void Where_names_and_positions_are_mixed_positions_get_names()
    {
        var statement = SqlSplitter.Split("SELECT ?, @a, ?2, ?, @p9").Should().ContainSingle().Subject;

        statement.Text.Should().Be("SELECT @p_1, @a, @p_2, @p_3, @p9");
        statement.Parameters.Should().Equal(
            new SqlParameterSlot("@p_1", 1), new SqlParameterSlot("@a", 0), new SqlParameterSlot("@p_2", 2),
            new SqlParameterSlot("@p_3", 3), new SqlParameterSlot("@p9", 0));
    }

    [Theory]
    [InlineData("?0")]
    [InlineData("?32767")]
    [InlineData("?99999999999999999999")]
    public void A_number_that_sqlite_does_not_take_is_refused(string parameter) =>
        FluentActions.Invoking(() => SqlSplitter.Split($"SELECT {parameter}"))
            .Should().Throw<ArgumentException>().WithMessage($"*{parameter}*");

    [Theory]
    [InlineData("-- runs.load\nSELECT 1", StatementKind.Read)]
    [InlineData("VALUES (1)", StatementKind.Read)]
    [InlineData("EXPLAIN DELETE FROM a", StatementKind.Read)]
    [InlineData("WITH a AS (SELECT 1), b(x) AS (VALUES (2)) SELECT * FROM a", StatementKind.Read)]
    [InlineData("with recursive a as (select 1) insert into b select * from a", StatementKind.Write)]
    [InlineData("WITH a AS (SELECT 1) UPDATE b SET c = (SELECT 1)", StatementKind.Write)]
    [InlineData("SELECT replace(a, 'x', 'y') FROM b", StatementKind.Read)]
    [InlineData("REPLACE INTO a VALUES (1)", StatementKind.Write)]
    [InlineData("CREATE TABLE a (b)", StatementKind.Write)]
    [InlineData("PRAGMA user_version", StatementKind.Pragma)]
    [InlineData("begin immediate", StatementKind.Begin)]
    [InlineData("COMMIT TRANSACTION", StatementKind.Commit)]
    [InlineData("END", StatementKind.Commit)]
    [InlineData("ROLLBACK", StatementKind.Rollback)]
    [InlineData("ROLLBACK TO a", StatementKind.Savepoint)]
    [InlineData("SAVEPOINT a", StatementKind.Savepoint)]
    public void A_statement_is_known_by_its_words(string text, object kind) =>
        SqlSplitter.Split(text).Should().ContainSingle().Which.Kind.Should().Be((StatementKind)kind);

    [Theory]
    [InlineData("SELECT @a", false)]
    [InlineData("SELECT 'secret'", true)]
    [InlineData("SELECT x'00'", true)]
    [InlineData("SELECT 42", true)]
    public void Values_in_the_text_are_noticed(string text, bool has) =>
        SqlSplitter.Split(text).Should().ContainSingle().Which.HasLiterals.Should().Be(has);

    [Fact]
    public void A_text_is_read_once() => SqlText.Of("SELECT 'read once'").Should().BeSameAs(SqlText.Of("SELECT 'read once'"));

    [Fact]
    public void However_many_texts_there_are_they_do_not_pile_up()
    {
        var first = SqlText.Of("SELECT 'the first of many'");
        for (var number = 0; number < 1_100; number++)
        {
            SqlText.Of($"SELECT {number}");
        }

        SqlText.Of("SELECT 'the first of many'").Should().NotBeSameAs(first);
    }
}
