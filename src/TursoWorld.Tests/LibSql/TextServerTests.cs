using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Text that is none.</summary>
public sealed class TextServerTests : ServerTest
{
    [Fact]
    public async Task Text_that_is_not_utf_8_is_told_and_the_connection_goes_on()
    {
        await ExecuteAsync("CREATE TABLE item (name TEXT); INSERT INTO item VALUES (CAST(x'61ff' AS TEXT))");

        var refused = await this.Awaiting(_ => ScalarAsync("SELECT name FROM item")).Should().ThrowAsync<LibSqlException>();

        refused.Which.Message.Should().Contain("utf-8");
        refused.Which.IsOutcomeUnknown.Should().BeFalse();
        (await ScalarAsync("SELECT CAST(name AS BLOB) FROM item")).Should().BeEquivalentTo(new byte[] { 0x61, 0xff }, "bytes can be read always");
    }

    [Theory]
    [InlineData("SELECT 'lone \ud800 surrogate'")]
    [InlineData("SELECT '\udc00'")]
    public async Task A_lone_surrogate_in_the_sql_is_replaced_as_in_a_file(string sql)
    {
        await using var local = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
        await local.OpenAsync(Cancellation);
        await using var command = local.CreateCommand();
        command.CommandText = sql;

        var seen = await ScalarAsync(sql);

        seen.Should().Be(await command.ExecuteScalarAsync(Cancellation));
    }

    [Fact]
    public async Task Names_of_columns_are_any_text()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = "SELECT 1 AS \"a \"\"quoted\"\" name; with everything\n日本語 @p ? --\"";
        await using var reader = await command.ExecuteReaderAsync(Cancellation);

        reader.GetName(0).Should().Be("a \"quoted\" name; with everything\n日本語 @p ? --");
    }
}
