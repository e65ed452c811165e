using System.Globalization;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using TursoWorld.LibSql;
using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Rows;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Values are written and read as Microsoft.Data.Sqlite writes and reads them.</summary>
public sealed class UnitValueTests
{
    public static TheoryData<object> Written => [
        true, false, (byte)200, (sbyte)-100, (short)-3, (ushort)65_535, -7, 7u, long.MinValue, long.MaxValue, ulong.MaxValue, 'x', 1.5f, 0.1f,
        0.1, -0.0, 1e300, 12.50m, 1m, decimal.MaxValue, 0.0000000001m, "", "text", DayOfWeek.Friday, (UnsignedChoice)ulong.MaxValue,
        new byte[] { 1, 2 }, Array.Empty<byte>(), Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        new DateTime(2024, 2, 29, 13, 14, 15, DateTimeKind.Utc), new DateTime(2024, 2, 29, 13, 14, 15, 678, DateTimeKind.Local).AddTicks(9),
        new DateTimeOffset(2024, 2, 29, 13, 14, 15, TimeSpan.FromHours(-3.5)), DateTimeOffset.MaxValue, new DateOnly(5, 1, 2),
        new TimeOnly(1, 2, 3), new TimeOnly(1, 2, 3, 4), TimeSpan.FromDays(-1.25), TimeSpan.FromTicks(1), TimeSpan.Zero,
    ];

    public static TheoryData<string, Type> Read()
    {
        var data = new TheoryData<string, Type>();
        string[] values = [
            "0", "1", "-7", "255", "256", "65", "9223372036854775807", "-9223372036854775808", "0.0", "1.5", "-2.0", "1e300", "1e15", "123456789012345.0",
            "0.1", "0.30000000000000004", "1e-5", "0.00012", "2460370.5", "2460370.75", "1.0 / 3", "-1e16", "1e17", "5e-324", "9e999", "-9e999",
            "''", "'x'", "'1'", "' 12abc'", "'-1.5'", "'1e3'", "'.5e3'", "'99999999999999999999e-5'", "char(160) || '1'", "'true'",
            "'2024-02-29 13:14:15'", "'2024-02-29'", "'13:14:15'", "'2024-02-29 13:14:15.678+02:00'", "'2024-02-29T13:14:15Z'", "'1.02:03:04.5'", "'12.50'",
            "'6F9619FF-8B86-D011-B42D-00C04FC964FF'", "x''", "x'31'", "x'00112233445566778899aabbccddeeff'", "NULL",
        ];
        Type[] types = [
            typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(float),
            typeof(double), typeof(decimal), typeof(char), typeof(string), typeof(byte[]), typeof(Guid), typeof(DateTime), typeof(DateTimeOffset),
            typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(object), typeof(DBNull), typeof(int?), typeof(DayOfWeek),
        ];
        foreach (var type in types)
        {
            foreach (var value in values)
            {
                data.Add(value, type);
            }
        }

        return data;
    }

    public enum UnsignedChoice : ulong
    {
        None,
    }

    [Theory]
    [MemberData(nameof(Written), DisableDiscoveryEnumeration = true)]
    public void A_value_is_stored_as_in_a_file(object value)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT @value";
        command.Parameters.AddWithValue("@value", value);
        var expected = command.ExecuteScalar();

        var stored = new LibSqlParameter("@value", value).ToArgument().Value.ToObject();

        stored.Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
        stored.Should().BeOfType(expected!.GetType());   // the file had a value
    }

    [Theory]
    [MemberData(nameof(Read), DisableDiscoveryEnumeration = true)]
    public void A_value_is_read_as_from_a_file(string sql, Type type)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {sql}";
        using var expected = command.ExecuteReader();
        expected.Read();
        if (expected.GetValue(0) is double)
        {
            Reading.RequireDigits(connection);
        }

        using var reader = ReaderOf(expected.GetValue(0));
        reader.Read();

        Outcome(reader, type).Should().Be(Outcome(expected, type));
    }

    [Fact]
    public void A_real_is_written_as_in_a_file()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        Reading.RequireDigits(connection);
        command.CommandText = "SELECT CAST(@value AS TEXT)";
        var parameter = command.Parameters.AddWithValue("@value", 0.0);
        var random = new Random(1);
        double[] reals = [
            0.0, -0.0, double.Epsilon, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity,
            .. Enumerable.Range(-324, 633).Select(exponent => double.Parse($"1e{exponent}", CultureInfo.InvariantCulture)),
            .. Enumerable.Range(-1074, 2098).Select(exponent => Math.BitDecrement(Math.ScaleB(1, exponent))),
            .. Enumerable.Range(0, 20_000).Select(_ => random.NextDouble() * Math.Pow(10, random.Next(-330, 309))),
            .. Enumerable.Range(0, 20_000).Select(_ => double.Parse($"-{9_000 + random.Next(1_000)}e{random.Next(-320, 304)}", CultureInfo.InvariantCulture)),
        ];
        var differing = new List<string>();

        foreach (var real in reals)
        {
            parameter.Value = real;
            if (command.ExecuteScalar() is var expected && !RealText.Of(real).Equals(expected))
            {
                differing.Add($"{expected} is written {RealText.Of(real)}");
            }
        }

        differing.Should().BeEmpty();
    }

    [Fact]
    public void What_sqlite_has_nothing_for_is_refused_with_the_name_of_the_parameter()
    {
        var parameter = new LibSqlParameter("@odd", new Uri("http://host"));

        parameter.Invoking(one => one.ToArgument()).Should().Throw<InvalidOperationException>().WithMessage("*@odd*System.Uri*");
    }

    [Fact]
    public void A_forgotten_value_is_refused() => new LibSqlParameter { ParameterName = "@a" }
        .Invoking(one => one.ToArgument()).Should().Throw<InvalidOperationException>().WithMessage("*@a*DBNull*");

    [Fact]
    public void Bytes_are_not_copied_and_a_part_of_an_array_is_a_part()
    {
        var bytes = new byte[] { 1, 2, 3, 4 };

        LibSqlValue whole = bytes;
        LibSqlValue part = new ReadOnlyMemory<byte>(bytes, 1, 2);

        whole.ToObject().Should().BeSameAs(bytes);
        part.Blob.ToArray().Should().Equal(2, 3);
        part.ToObject().Should().BeEquivalentTo(new byte[] { 2, 3 });
        ((LibSqlValue)(byte[]?)null).Kind.Should().Be(ValueKind.Null);
        ((LibSqlValue)(string?)null).Kind.Should().Be(ValueKind.Null);
        ((LibSqlValue)ReadOnlyMemory<byte>.Empty).Kind.Should().Be(ValueKind.Blob);
        default(LibSqlValue).ToObject().Should().BeNull();
    }

    private static LibSqlDataReader ReaderOf(object value)
    {
        LibSqlValue cell = value switch
        {
            long integer => integer,
            double real => real,
            string text => text,
            byte[] bytes => bytes,
            _ => default,
        };
        var table = new ResultTable { Columns = new ColumnSet(["value"], [null]), Cells = [cell], RowCount = 1 };
        var rows = new BufferedRows([new LibSqlStepResult(table)], [new(TursoWorld.LibSql.Sql.SqlText.Of("SELECT 1").Statements[0], [])]);
        rows.NextResultAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return new LibSqlDataReader(rows, closes: null, () => { });
    }

    private static string Outcome(System.Data.Common.DbDataReader reader, Type type)
    {
        var read = typeof(System.Data.Common.DbDataReader).GetMethod(nameof(reader.GetFieldValue))!.MakeGenericMethod(type);
        try
        {
            return read.Invoke(reader, [0]) switch
            {
                byte[] bytes => Convert.ToHexString(bytes),
                DateTime time => $"{time:O} {time.Kind}",
                IFormattable formattable => formattable.ToString(formattable is double or float ? "R" : null, CultureInfo.InvariantCulture),
                var other => $"{other} ({other?.GetType()})",
            };
        }
        catch (System.Reflection.TargetInvocationException exception)
        {
            return exception.InnerException!.GetType().Name;   // a method that throws is wrapped
        }
    }
}
