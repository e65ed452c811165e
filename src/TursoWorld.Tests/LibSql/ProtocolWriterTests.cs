using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Sql;
using Xunit;
using static TursoWorld.LibSql.LibSqlCondition;

namespace TursoWorld.Tests.LibSql;

/// <summary>Requests, compared with what a server has accepted.</summary>
public sealed class ProtocolWriterTests
{
    private const string Insert = "insert into u(k,v) values(?,?)";

    [Fact]
    public void A_transaction_in_one_round_trip_is_written_as_the_server_understands_it() => Written(
            new WireBatch([
                Step("BEGIN IMMEDIATE"),
                Step(Insert, Succeeded(0), new("", "c"), new("", 1)),
                Step("COMMIT", Succeeded(1)),
                Step("ROLLBACK", InTransaction)])
            {
                Closes = true,
            })
        .Should().Be(Compact("""
            {"baton":null,"requests":[{"type":"batch","batch":{"steps":[
                {"stmt":{"sql":"BEGIN IMMEDIATE"}},
                {"condition":{"type":"ok","step":0},"stmt":{"sql":"insert into u(k,v) values(?,?)","args":[
                    {"type":"text","value":"c"},{"type":"integer","value":"1"}]}},
                {"condition":{"type":"ok","step":1},"stmt":{"sql":"COMMIT"}},
                {"condition":{"type":"not","cond":{"type":"is_autocommit"}},"stmt":{"sql":"ROLLBACK"}}]}},
                {"type":"close"}]}
            """));

    [Fact]
    public void Values_are_written_by_their_types_and_bytes_without_escapes() => Written(new WireBatch([
            Step(
                "select @i, @r, @t, @b, @e, @n", condition: null,
                new("i", long.MinValue), new("@r", 2.0), new("t", "a\"\0\u00e9\ud83d\ude00"), new("b", new byte[] { 0xfb, 0xff, 0xfe }),
                new("e", Array.Empty<byte>()), new("n", default))]))
        .Should().Be(Compact("""
            {"baton":null,"requests":[{"type":"batch","batch":{"steps":[{"stmt":{"sql":"select @i, @r, @t, @b, @e, @n","named_args":[
                {"name":"@i","value":{"type":"integer","value":"-9223372036854775808"}},
                {"name":"@r","value":{"type":"float","value":2}},
                {"name":"@t","value":{"type":"text","value":"a\"\u0000é\uD83D\uDE00"}},
                {"name":"@b","value":{"type":"blob","base64":"+//+"}},
                {"name":"@e","value":{"type":"blob","base64":""}},
                {"name":"@n","value":{"type":"null"}}]}}]}}]}
            """));

    [Fact]
    public void Conditions_nest() => Json(new WireBatch([
            Step("SELECT 1"),
            Step("SELECT 2", All(Any(), Not(NotSucceeded(0)), IsAutocommit))]))
        ["requests"]![0]!["batch"]!["steps"]![1]!["condition"]!.ToJsonString()
        .Should().Be(
            """{"type":"and","conds":[{"type":"or","conds":[]},"""
            + """{"type":"not","cond":{"type":"not","cond":{"type":"ok","step":0}}},{"type":"is_autocommit"}]}""");

    [Fact]
    public void A_condition_cannot_look_at_its_own_step_or_later_ones() =>
        FluentActions.Invoking(() => Written(new WireBatch([Step("SELECT 1", Succeeded(0))])))
            .Should().Throw<ArgumentException>().WithMessage("*step 0*");

    [Fact]
    public void Only_what_the_statement_uses_is_sent_in_its_own_order() => Json(new WireBatch([
            Step("select $b, @a", condition: null, new("a", 1), new("c", 2), new("$b", 3), new("B", 4))]))
        ["requests"]![0]!["batch"]!["steps"]![0]!["stmt"]!["named_args"]!.AsArray()
        .Select(argument => $"{argument!["name"]}={argument["value"]!["value"]}").Should().Equal("$b=3", "@a=1");

    [Theory]
    [InlineData("select :a", ":a", "@a")]
    [InlineData("select @a", "@a", "A")]
    [InlineData("select ?, ?", "?2", "")]
    [InlineData("select ?3", "?2", "only")]
    public void A_missing_argument_is_named(string sql, string missing, string given)
    {
        var steps = new WireBatch([Step(sql, condition: null, new LibSqlArgument(given, 1))]);

        FluentActions.Invoking(() => Written(steps)).Should().Throw<InvalidOperationException>().WithMessage($"*{missing}.*");
    }

    [Fact]
    public void A_missing_argument_may_be_null() =>
        Written(new WireBatch([new WireStep(SqlText.Of("select @a").Statements[0], [], Condition: null, MissingAreNull: true)]))
            .Should().Contain("""[{"name":"@a","value":{"type":"null"}}]""");

    [Theory]
    [InlineData("select ?, ?", "x=10,y=20", "10,20")]
    [InlineData("select ?2, ?1, ?", "x=10,y=20,z=30", "10,20,30")]
    [InlineData("select ?, ?", "2=20,1=10", "10,20")]
    [InlineData("select ?, ?", "=10,named=5,=20", "10,20")]
    public void Positions_are_filled_by_order_or_by_number(string sql, string given, string sent)
    {
        LibSqlArgument[] arguments = [.. given.Split(',').Select(one => one.Split('='))
            .Select(one => new LibSqlArgument(one[0], long.Parse(one[1], System.Globalization.CultureInfo.InvariantCulture)))];

        var args = Json(new WireBatch([Step(sql, condition: null, arguments)]))
            ["requests"]![0]!["batch"]!["steps"]![0]!["stmt"]!["args"]!.AsArray();

        string.Join(',', args.Select(value => value!["value"])).Should().Be(sent);
    }

    [Theory]
    [InlineData(double.NaN, "*NaN*")]
    [InlineData(double.PositiveInfinity, "*infinite*9e999*")]
    [InlineData(double.NegativeInfinity, "*infinite*")]
    public void A_number_that_cannot_be_sent_is_refused(double value, string message) =>
        FluentActions.Invoking(() => Written(new WireBatch([Step("select @a", condition: null, new LibSqlArgument("a", value))])))
            .Should().Throw<InvalidOperationException>().WithMessage(message);

    [Fact]
    public void A_text_that_is_used_often_is_sent_once_and_forgotten_where_the_stream_lives_on()
    {
        var often = $"SELECT 1 /* {new string('x', 100)} */";
        var once = $"SELECT 2 /* {new string('x', 100)} */";
        var large = $"SELECT 3 /* {new string('x', StoredTexts.MaxBytes)} */";
        var (twice, tooLarge, tooShort) = (Step(often), Step(large), Step("S"));
        var batch = new WireBatch([twice, Step(once), twice, tooLarge, tooLarge, tooShort, tooShort]);
        using var buffer = new RequestBuffer();

        var before = RequestWriter.WritePipeline(buffer, batch with { Closes = true });

        before.Should().Be(1);
        var requests = JsonNode.Parse(buffer.Written.Span)!["requests"]!.AsArray();
        requests.Select(request => (string)request!["type"]!).Should().Equal("store_sql", "batch", "close");
        requests[0]!["sql"]!.ToString().Should().Be(often);
        requests[1]!["batch"]!["steps"]!.AsArray()
            .Select(step => step!["stmt"]!["sql_id"]?.ToString() ?? step["stmt"]!["sql"]!.ToString())
            .Should().Equal("1", once, "1", large, large, "S", "S");
        JsonNode.Parse(Written(batch))!["requests"]!.AsArray().Select(request => (string)request!["type"]!)
            .Should().Equal("store_sql", "batch", "close_sql");
    }

    [Fact]
    public void No_more_texts_are_stored_than_the_server_keeps()
    {
        var texts = Enumerable.Range(0, 70).Select(number => $"SELECT {number} /* {new string('x', 80 + number)} */").ToList();
        var steps = texts.Select(text => Step(text)).ToList(); // a text that is read again may be another one: their cache is shared, and bounded
        using var buffer = new RequestBuffer();

        var before = RequestWriter.WritePipeline(
            buffer, new WireBatch([.. steps, .. steps]) { Closes = true });

        before.Should().Be(StoredTexts.MaxTexts);
        JsonNode.Parse(buffer.Written.Span)!["requests"]![0]!["sql"]!.ToString().Should().Be(texts[^1], "the longest saves most");
    }

    [Fact]
    public void A_read_says_how_far_a_replica_must_be() =>
        Written(new WireBatch([Step("SELECT 1")]) { Baton = "b\"", ReplicationIndex = ulong.MaxValue }).Should().Be(
            """{"baton":"b\"","requests":[{"type":"batch","batch":{"steps":[{"stmt":{"sql":"SELECT 1"}}],"""
            + "\"replication_index\":\"18446744073709551615\"}}]}");

    [Fact]
    public void A_cursor_is_a_batch_without_a_pipeline()
    {
        using var buffer = new RequestBuffer();

        RequestWriter.WriteCursor(buffer, new WireBatch([Step("SELECT 1")]));

        Encoding.UTF8.GetString(buffer.Written.Span).Should().Be("""{"baton":null,"batch":{"steps":[{"stmt":{"sql":"SELECT 1"}}]}}""");
    }

    private static WireStep Step(string sql, LibSqlCondition? condition = null, params LibSqlArgument[] arguments) =>
        new(SqlText.Of(sql).Statements[0], arguments, condition, MissingAreNull: false);

    private static string Written(WireBatch batch)
    {
        using var buffer = new RequestBuffer();
        RequestWriter.WritePipeline(buffer, batch);
        return Encoding.UTF8.GetString(buffer.Written.Span);
    }

    private static JsonNode Json(WireBatch batch) => JsonNode.Parse(Written(batch))!;

    private static string Compact(string json) =>
        string.Concat(json.Split('\n').Select(line => line.Trim()));
}
