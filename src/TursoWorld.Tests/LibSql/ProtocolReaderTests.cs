using System.Text;
using System.Text.Json;
using FluentAssertions;
using TursoWorld.LibSql.Protocol;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Answers as a server has given them.</summary>
public sealed class ProtocolReaderTests
{
    [Fact]
    public void A_batch_that_failed_half_way_is_read_step_by_step()
    {
        var answer = Read(stepCount: 6, """
            {"baton":null,"base_url":null,"results":[{"type":"ok","response":{"type":"batch","result":{
                "step_results":[{"cols":[],"rows":[],"affected_row_count":0,"last_insert_rowid":null,"replication_index":null,"rows_read":0,"rows_written":0,"query_duration_ms":0.031},
                                {"cols":[],"rows":[],"affected_row_count":1,"last_insert_rowid":"3","replication_index":null,"rows_read":0,"rows_written":2,"query_duration_ms":0.044},
                                null,null,null,
                                {"cols":[],"rows":[],"affected_row_count":0,"last_insert_rowid":null,"replication_index":null,"rows_read":0,"rows_written":0,"query_duration_ms":0.016}],
                "step_errors":[null,null,{"message":"SQLite error: UNIQUE constraint failed: u.k","code":"SQLITE_CONSTRAINT"},null,null,null],
                "replication_index":"17"}}},
               {"type":"ok","response":{"type":"close"}}]}
            """);

        answer.Baton.Should().BeNull();
        answer.ReplicationIndex.Should().Be(17);
        answer.Steps.Select(step => (step.Succeeded, step.IsSkipped)).Should().Equal(
            (true, false), (true, false), (false, false), (false, true), (false, true), (true, false));
        answer.Steps[1].RowsAffected.Should().Be(1);
        answer.Steps[1].LastInsertRowId.Should().Be(3);
        answer.Steps[1].Table!.RowsWritten.Should().Be(2);
        answer.Steps[1].Table!.DurationMs.Should().Be(0.044);
        answer.Steps[2].Error!.ServerMessage.Should().Be("UNIQUE constraint failed: u.k");
        answer.Steps[2].Rows.Should().BeEmpty();
        answer.Steps[3].Error.Should().BeNull();
    }

    [Fact]
    public void Rows_are_read_into_values_of_their_types()
    {
        var step = Read(stepCount: 1, Batch("""
            {"cols":[{"name":"id","decltype":"INTEGER"},{"name":"id","decltype":null}],
             "rows":[[{"type":"integer","value":"-9223372036854775808"},{"type":"text","value":"a\u0000\"\u00e9é"}],
                     [{"type":"blob","base64":"+/8"},{"type":"float","value":2.0}],
                     [{"type":"null"},{"type":"float","value":1e100}],
                     [{"type":"blob","base64":""},{"type":"float","value":null}]],
             "affected_row_count":0,"last_insert_rowid":null,"replication_index":"4","rows_read":1,"rows_written":0,"query_duration_ms":0.075}
            """)).Steps.Should().ContainSingle().Subject;

        step.ColumnNames.Should().Equal("id", "id");
        step.Table!.Columns.DeclaredTypes.Should().Equal("INTEGER", null);
        step.Rows.Should().HaveCount(4);
        step.Rows[0].Should().Equal(long.MinValue, "a\0\"éé");
        step.Rows[1][0].Should().BeEquivalentTo(new byte[] { 0xfb, 0xff });
        step.Rows[1][1].Should().Be(2.0);
        step.Rows[2].Should().Equal(null, 1e100);
        step.Rows[3][0].Should().BeEquivalentTo(Array.Empty<byte>());
        step.Rows[3][1].Should().Be(double.PositiveInfinity);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("AA", "00")]
    [InlineData("AA==", "00")]
    [InlineData("AAE", "0001")]
    [InlineData("AAE=", "0001")]
    [InlineData("AAEC", "000102")]
    [InlineData("AAEC\\/w", "000102FF")]
    [InlineData("+\\u002f8", "FBFF")]
    public void Bytes_are_read_with_and_without_padding(string base64, string hex) =>
        Convert.ToHexString((byte[])Value($$"""{"type":"blob","base64":"{{base64}}"}""")!).Should().Be(hex);

    [Fact]
    public void Members_come_in_any_order_and_unknown_ones_mean_nothing()
    {
        var answer = Read(stepCount: 1, """
            {"new":[{}],"results":[{"response":{"result":{"step_errors":[null],"more":{"a":[1]},"step_results":[
                {"rows":[[{"x":{},"value":"7","type":"integer"}]],"cols":[{"decltype":null,"name":"a","y":1}]}]},"type":"batch"},"type":"ok"}],
             "base_url":"http://elsewhere","baton":"b"}
            """);

        answer.Steps.Single().Rows.Single().Should().Equal(7L);
        answer.Baton.Should().Be("b");
        answer.BaseUrl.Should().Be("http://elsewhere");
    }

    [Fact]
    public void A_batch_that_was_refused_as_a_whole_has_an_error_and_no_steps()
    {
        var answer = Read(stepCount: 2, """
            {"baton":null,"base_url":null,"results":[
                {"type":"error","error":{"message":"SQL string could not be parsed: near NOPE","code":"SQL_PARSE_ERROR"}},
                {"type":"ok","response":{"type":"close"}}]}
            """);

        answer.Error.Should().Be(new ServerError("SQL string could not be parsed: near NOPE", "SQL_PARSE_ERROR"));
        answer.Steps.Should().BeEmpty();
    }

    [Fact]
    public void What_was_stored_before_the_batch_is_passed_over() => ResponseReader.Read(
            Encoding.UTF8.GetBytes("""
                {"baton":null,"results":[{"type":"ok","response":{"type":"store_sql"}},
                    {"type":"ok","response":{"type":"batch","result":{"step_results":[null],"step_errors":[null]}}}]}
                """), batchIndex: 1, stepCount: 1)
        .Steps.Should().ContainSingle().Which.IsSkipped.Should().BeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("{\"baton\":null,\"results\":[")]
    [InlineData("{\"baton\":7,\"results\":[]}")]
    [InlineData("{\"results\":[{\"type\":\"ok\",\"response\":{\"type\":\"batch\",\"result\":{\"step_results\":[],\"step_errors\":[]}}}]}")]
    [InlineData("{\"results\":[{\"type\":\"ok\",\"response\":{\"type\":\"batch\",\"result\":{\"step_results\":[{\"cols\":7}]}}}]}")]
    public void What_is_no_answer_is_refused(string json) =>
        FluentActions.Invoking(() => Read(stepCount: 1, json)).Should().Throw<Exception>()
            .Which.Should().Match(exception => exception is JsonException || exception is InvalidOperationException);

    [Theory]
    [InlineData("{\"type\":\"integer\",\"value\":\"x\"}")]
    [InlineData("{\"type\":\"integer\",\"value\":\"9223372036854775808\"}")]
    [InlineData("{\"type\":\"integer\"}")]
    [InlineData("{\"type\":\"blob\",\"base64\":\"A\"}")]
    [InlineData("{\"type\":\"blob\",\"base64\":\"????\"}")]
    [InlineData("{\"type\":\"decimal\",\"value\":\"1\"}")]
    [InlineData("{\"value\":\"1\"}")]
    public void What_is_no_value_is_refused(string json) =>
        FluentActions.Invoking(() => Value(json)).Should().Throw<JsonException>();

    [Fact]
    public void A_row_has_as_many_values_as_there_are_columns() => FluentActions.Invoking(() => Read(stepCount: 1, Batch("""
            {"cols":[{"name":"a","decltype":null}],"rows":[[{"type":"null"},{"type":"null"}]]}
            """))).Should().Throw<JsonException>();

    [Fact]
    public void The_lines_of_a_cursor_are_read_one_by_one()
    {
        CursorEntry.ReadHead("""{"baton":"Zv1M","base_url":null}"""u8).Should().Be(("Zv1M", null));
        var begin = CursorEntry.Read("""{"type":"step_begin","step":0,"cols":[{"name":"a","decltype":null}]}"""u8);
        begin.Kind.Should().Be(CursorEntryKind.StepBegin);
        begin.Columns.Names.Should().Equal("a");
        var row = CursorEntry.Read("""{"type":"row","row":[{"type":"integer","value":"1"}]}"""u8);
        row.Kind.Should().Be(CursorEntryKind.Row);
        row.Row.Select(value => value.ToObject()).Should().Equal(1L);
        var end = CursorEntry.Read("""{"type":"step_end","affected_row_count":1,"last_insert_rowid":7}"""u8);
        end.Kind.Should().Be(CursorEntryKind.StepEnd);
        end.RowsAffected.Should().Be(1);
        var error = CursorEntry.Read(
            """{"type":"step_error","step":2,"error":{"message":"SQLite error: no such table: nope","code":"SQLITE_UNKNOWN"}}"""u8);
        error.Kind.Should().Be(CursorEntryKind.StepError);
        error.Error.Should().Be(new ServerError("SQLite error: no such table: nope", "SQLITE_UNKNOWN"));
        CursorEntry.Read("""{"type":"replication_index","replication_index":4365}"""u8).ReplicationIndex.Should().Be(4365);
        CursorEntry.Read("""{"type":"error","error":{"message":"m","code":null}}"""u8).Kind.Should().Be(CursorEntryKind.Error);
        CursorEntry.Read("""{"type":"something_new"}"""u8).Kind.Should().Be(CursorEntryKind.Other);
    }

    private static PipelineAnswer Read(int stepCount, string json) =>
        ResponseReader.Read(Encoding.UTF8.GetBytes(json), batchIndex: 0, stepCount);

    private static object? Value(string json) =>
        Read(stepCount: 1, Batch($$"""{"cols":[{"name":"a","decltype":null}],"rows":[[{{json}}]]}""")).Steps[0].Rows[0][0];

    private static string Batch(string result) =>
        $$"""{"results":[{"type":"ok","response":{"type":"batch","result":{"step_results":[{{result}}],"step_errors":[null]} } }]}""";
}
