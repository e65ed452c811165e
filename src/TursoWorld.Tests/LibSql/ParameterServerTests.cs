using System.Data;
using System.Data.Common;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Parameters find their places as they do in Microsoft.Data.Sqlite.</summary>
public sealed class ParameterServerTests : ServerTest
{
    [Theory]
    [InlineData("SELECT @a", "@a")]
    [InlineData("SELECT @a", "a")]
    [InlineData("SELECT :a", "a")]
    [InlineData("SELECT $a", "a")]
    [InlineData("SELECT :a", ":a")]
    [InlineData("SELECT $a", "$a")]
    [InlineData("SELECT @a", "A")]
    [InlineData("SELECT @a", "@b")]
    [InlineData("SELECT @a, @a || '', @b", "@a", "@b")]
    [InlineData("SELECT @b, @a", "@a", "@b")]
    [InlineData("SELECT @a", "@a", "@unused")]
    [InlineData("SELECT @a, @ab, @a_b, @a1", "@a", "@ab", "@a_b", "@a1")]
    [InlineData("SELECT @ä, @日本", "@ä", "@日本")]
    [InlineData("SELECT '@a', \"@a\", `@a`, [@a] FROM (SELECT 1 AS \"@a\")")]
    [InlineData("SELECT 1 -- @a\n, 2 /* @b */, 'it''s @c'")]
    [InlineData("SELECT 1 AS first; SELECT @a", "@a")]
    [InlineData("SELECT @a; SELECT @a", "@a")]
    [InlineData("SELECT x'00', 0x10, 1e3, .5, 5 % @a", "@a")]
    public async Task Names_find_their_values_as_in_a_file(string sql, params string[] names)
    {
        await using var local = new SqliteConnection("Data Source=:memory:");
        await local.OpenAsync(Cancellation);

        var expected = await OutcomeAsync(local, sql, names);
        var seen = await OutcomeAsync(Connection, sql, names);

        seen.Should().Be(expected);
    }

    [Theory]
    [InlineData("abcdef", 3)]
    [InlineData("abcdef", 0)]
    [InlineData("abcdef", -1)]
    [InlineData("abcdef", 100)]
    public async Task A_size_cuts_text_and_bytes_as_in_a_file(string text, int size)
    {
        await using var local = new SqliteConnection("Data Source=:memory:");
        await local.OpenAsync(Cancellation);

        foreach (var value in (object[])[text, System.Text.Encoding.UTF8.GetBytes(text), 123_456])
        {
            var seen = await SizedAsync(Connection, value, size);

            seen.Should().Be(await SizedAsync(local, value, size));
        }
    }

    [Fact]
    public async Task A_parameter_without_a_value_is_refused_and_one_that_is_null_is_not()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = "SELECT @a IS NULL";
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@a";
        command.Parameters.Add(parameter);

        await command.Awaiting(one => one.ExecuteScalarAsync(Cancellation)).Should().ThrowAsync<InvalidOperationException>();
        parameter.Value = DBNull.Value;

        (await command.ExecuteScalarAsync(Cancellation)).Should().Be(1L);
    }

    [Fact]
    public async Task Only_input_is_known()
    {
        await using var command = Connection.CreateCommand();
        var parameter = command.CreateParameter();

        parameter.Direction.Should().Be(ParameterDirection.Input);
        parameter.Invoking(one => one.Direction = ParameterDirection.Output).Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task A_command_is_executed_again_with_other_values()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = "SELECT @a * 2";
        var parameter = command.Parameters.AddWithValue("@a", 0);
        var seen = new List<object?>();
        foreach (var value in (object[])[1, 2.5, "4"])
        {
            parameter.Value = value;
            seen.Add(await command.ExecuteScalarAsync(Cancellation));
        }

        seen.Should().Equal(2L, 5.0, 8L);
    }

    private static async Task<string> SizedAsync(DbConnection connection, object value, int size)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT hex(@a)";
        var parameter = command.CreateParameter();
        try
        {
            (parameter.ParameterName, parameter.Value, parameter.Size) = ("@a", value, size);
        }
        catch (ArgumentOutOfRangeException)
        {
            return "refused";
        }

        command.Parameters.Add(parameter);
        return $"{await command.ExecuteScalarAsync(Cancellation)}";
    }

    private static async Task<string> OutcomeAsync(DbConnection connection, string sql, string[] names)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < names.Length; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (names[i], 7 + i);
            command.Parameters.Add(parameter);
        }

        try
        {
            await using var reader = await command.ExecuteReaderAsync(Cancellation);
            var values = new List<string>();
            do
            {
                while (await reader.ReadAsync(Cancellation))
                {
                    values.AddRange(Enumerable.Range(0, reader.FieldCount).Select(column => $"{reader.GetName(column)}={reader.GetValue(column)}"));
                }
            }
            while (await reader.NextResultAsync(Cancellation));

            return string.Join(", ", values);
        }
        catch (InvalidOperationException)
        {
            return "refused";
        }
    }
}
