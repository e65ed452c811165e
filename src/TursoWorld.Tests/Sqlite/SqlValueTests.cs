using System.Globalization;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class SqlValueTests : IAsyncDisposable
{
    private const string Echo = """
        SELECT @value, typeof(@value)
        """;

    private readonly SqliteDatabase _database = SqliteDatabase.Open(
        new DatabaseUrl(Path: null),
        new(Durability.Full),
        new WorldDiagnostics(NullLoggerFactory.Instance),
        TimeProvider.System);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("naïve 日本語 👩‍🚀 ‮ e\u0301")]
    [InlineData("'; DROP TABLE item; --")]
    [InlineData("before\0after")]
    [InlineData("\0")]
    public async Task Text_comes_back_as_it_was(string text)
    {
        var row = await EchoAsync(text);

        row.TextOrNull(0).Should().Be(text);
        row.Text(1).Should().Be("text");
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(9_007_199_254_740_993)]
    [InlineData(long.MaxValue)]
    public async Task Integers_come_back_as_they_were(long number)
    {
        var row = await EchoAsync(number);

        row.Integer(0).Should().Be(number);
        row.Text(1).Should().Be("integer");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Bytes_come_back_as_they_were(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();

        var row = await EchoAsync(bytes);

        row.Bytes(0).Should().Equal(bytes);
        row.Text(1).Should().Be("blob");
    }

    [Fact]
    public async Task Empty_bytes_are_not_null()
    {
        var empty = await EchoAsync(ReadOnlyMemory<byte>.Empty);
        var absent = await EchoAsync((ReadOnlyMemory<byte>?)null);

        empty.Text(1).Should().Be("blob");
        absent.Text(1).Should().Be("null");
    }

    [Fact]
    public async Task Nothing_is_null_however_it_is_typed()
    {
        SqlValue[] nothing = [(string?)null, (long?)null, (DateTimeOffset?)null, default];

        foreach (var value in nothing)
        {
            (await EchoAsync(value)).Text(1).Should().Be("null");
        }
    }

    [Fact]
    public async Task A_parameter_that_is_not_given_is_null_also_after_it_was_given()
    {
        await EchoAsync("once");

        var result = await _database.WriteAsync(new Unit(new SqlStatement(Echo)), TestContext.Current.CancellationToken);

        result.Rows[0][0].Text(1).Should().Be("null");
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00.000Z")]
    [InlineData("1969-12-31T23:59:59.999Z")]
    [InlineData("2025-02-28T23:59:59.999+09:00")]
    [InlineData("9999-12-31T23:59:59.999Z")]
    public async Task Instants_come_back_to_the_millisecond(string text)
    {
        var instant = DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

        var row = await EchoAsync(instant);

        row.Text(1).Should().Be("integer");
        SqlTime.FromColumn(row.Integer(0)).Should().Be(instant);
    }

    private async Task<SqlRow> EchoAsync(SqlValue value)
    {
        var unit = new Unit(new SqlStatement(Echo, ("value", value)));
        var result = await _database.WriteAsync(unit, TestContext.Current.CancellationToken);
        return result.ThrowUnlessCommitted().Rows[0].Single();
    }
}
