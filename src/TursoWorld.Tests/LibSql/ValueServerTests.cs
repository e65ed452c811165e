using System.Data.Common;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>A value is stored and read as Microsoft.Data.Sqlite does it, so that code need not know where the database is.</summary>
public sealed class ValueServerTests : ServerTest
{
    private static readonly Dictionary<string, object> Values = new(StringComparer.Ordinal)
    {
        ["null"] = DBNull.Value,
        ["smallest long"] = long.MinValue,
        ["largest long"] = long.MaxValue,
        ["no double has it"] = 9_007_199_254_740_993,
        ["int"] = int.MinValue,
        ["short"] = short.MaxValue,
        ["byte"] = byte.MaxValue,
        ["signed byte"] = sbyte.MinValue,
        ["unsigned short"] = ushort.MaxValue,
        ["unsigned int"] = uint.MaxValue,
        ["unsigned long"] = ulong.MaxValue,
        ["true"] = true,
        ["false"] = false,
        ["enum"] = DayOfWeek.Saturday,
        ["largest double"] = double.MaxValue,
        ["smallest double"] = double.MinValue,
        ["tiniest double"] = double.Epsilon,
        ["integral double"] = 2.0,
        ["third"] = 1.0 / 3.0,
        ["negative zero"] = -0.0,
        ["huge double"] = 1e100,
        ["float"] = float.MaxValue,
        ["float fraction"] = 0.1f,
        ["largest decimal"] = decimal.MaxValue,
        ["smallest decimal"] = decimal.MinValue,
        ["decimal fraction"] = 0.10m,
        ["integral decimal"] = 1m,
        ["empty text"] = "",
        ["text"] = "naïve 日本語 👩‍🚀 ‮ e\u0301",
        ["text with escapes"] = "\"\\/\b\f\n\r\t\u0001\u007f\u2028<>&'+",
        ["NUL in text"] = "before\0after",
        ["only NUL"] = "\0",
        ["lone high surrogate"] = "a\ud800b",
        ["lone low surrogate"] = "\udc00",
        ["char"] = 'ß',
        ["empty blob"] = Array.Empty<byte>(),
        ["blob with plus and slash"] = new byte[] { 0xfb, 0xff, 0xfe, 0x3e, 0x3f },
        ["blob of one"] = new byte[] { 0 },
        ["blob of two"] = new byte[] { 0xff, 0xff },
        ["date and time"] = new DateTime(2024, 2, 29, 23, 59, 59, 999, DateTimeKind.Utc).AddTicks(9_999),
        ["date alone"] = new DateTime(2024, 2, 29, 0, 0, 0, DateTimeKind.Unspecified),
        ["first instant"] = DateTime.MinValue,
        ["last instant"] = DateTime.MaxValue,
        ["offset"] = new DateTimeOffset(2024, 2, 29, 23, 59, 59, TimeSpan.FromHours(-9.5)),
        ["first offset"] = DateTimeOffset.MinValue,
        ["last offset"] = DateTimeOffset.MaxValue,
        ["date only"] = DateOnly.MaxValue,
        ["time only"] = TimeOnly.MaxValue,
        ["time only at the hour"] = new TimeOnly(7, 0),
        ["longest time span"] = TimeSpan.MaxValue,
        ["shortest time span"] = TimeSpan.MinValue,
        ["time span"] = new TimeSpan(1, 2, 3, 4, 5),
        ["guid"] = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
    };

    public static TheoryData<string> Names => [.. Values.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_value_is_stored_and_comes_back_as_in_a_file(string name)
    {
        await using var local = new SqliteConnection("Data Source=:memory:");
        await local.OpenAsync(Cancellation);

        var expected = await EchoAsync(local, Values[name]);
        var seen = await EchoAsync(Connection, Values[name]);

        seen.Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_value_is_read_as_the_type_it_was_as_in_a_file(string name)
    {
        await using var local = new SqliteConnection("Data Source=:memory:");
        await local.OpenAsync(Cancellation);

        var expected = await EchoTypedAsync(local, Values[name]);
        var seen = await EchoTypedAsync(Connection, Values[name]);

        seen.Should().Be(expected);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task What_the_protocol_cannot_carry_is_refused_before_it_is_sent(double value)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = "SELECT @value";
        command.Parameters.AddWithValue("@value", value);

        var refused = await command.Awaiting(echo => echo.ExecuteScalarAsync(Cancellation)).Should().ThrowAsync<Exception>();

        refused.Which.Should().Match(one => one is InvalidOperationException || one is ArgumentException || one is NotSupportedException);
        refused.Which.Message.Should().Contain("@value");
        (await ScalarAsync("SELECT 1")).Should().Be(1L);
    }

    /// <summary>The value as it is read, its type, the type of the column, and what SQLite makes of it. Versions of SQLite agree on 16 digits.</summary>
    private static async Task<object?[]> EchoAsync(DbConnection connection, object value)
    {
        await using var command = Echo(connection, value);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        (await reader.ReadAsync(Cancellation)).Should().BeTrue();
        return
        [
            reader.GetValue(0), reader.GetFieldType(0).FullName, reader.GetDataTypeName(0), reader.IsDBNull(0), reader.GetName(0),
            reader.GetValue(1), reader.GetValue(2),
        ];
    }

    private static async Task<string> EchoTypedAsync(DbConnection connection, object value)
    {
        await using var command = Echo(connection, value);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        (await reader.ReadAsync(Cancellation)).Should().BeTrue();
        return Reading.Of(reader, value is DBNull ? typeof(object) : value.GetType());
    }

    private static DbCommand Echo(DbConnection connection, object value)
    {
        var command = connection.CreateCommand();
        command.CommandText = "SELECT @value, typeof(@value), hex(CASE typeof(@value) WHEN 'real' THEN printf('%!.16g', @value) ELSE @value END)";
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@value", value);
        command.Parameters.Add(parameter);
        return command;
    }
}
