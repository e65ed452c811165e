using System.Data;
using System.Security.Cryptography;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class LargeServerTests : ServerTest
{
    /// <summary>Fifteen rows of a million characters.</summary>
    private const string FifteenMillion = """
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 15)
        SELECT n, hex(zeroblob(500000)) FROM c
        """;

    [Fact]
    public async Task Bytes_of_almost_five_million_come_back_as_they_were()
    {
        var bytes = RandomNumberGenerator.GetBytes(4_900_000);
        await ExecuteAsync("CREATE TABLE item (content BLOB)");
        await using var insert = Connection.CreateCommand();
        insert.CommandText = "INSERT INTO item VALUES (@content)";
        insert.Parameters.AddWithValue("@content", bytes);
        await insert.ExecuteNonQueryAsync(Cancellation);

        var seen = (byte[]?)await ScalarAsync("SELECT content FROM item");

        seen.AsSpan().SequenceEqual(bytes).Should().BeTrue();
    }

    [Fact]
    public async Task Text_of_almost_five_million_bytes_comes_back_as_it_was()
    {
        var text = string.Concat(Enumerable.Repeat("naïve \"日本語\" \n", 220_000));
        await using var echo = Connection.CreateCommand();
        echo.CommandText = "SELECT @text";
        echo.Parameters.AddWithValue("@text", text);

        var seen = (string?)await echo.ExecuteScalarAsync(Cancellation);

        string.Equals(seen, text, StringComparison.Ordinal).Should().BeTrue();
    }

    [Fact]
    public async Task A_value_that_is_too_large_for_the_server_is_told()
    {
        await ExecuteAsync("CREATE TABLE item (content BLOB)");
        await using var insert = Connection.CreateCommand();
        insert.CommandText = "INSERT INTO item VALUES (@content)";
        insert.Parameters.AddWithValue("@content", new byte[5_000_001]);

        var tooBig = await insert.Awaiting(one => one.ExecuteNonQueryAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        tooBig.Which.SqliteErrorCode.Should().Be(18);
        tooBig.Which.IsTransient.Should().BeFalse();
        tooBig.Which.IsOutcomeUnknown.Should().BeFalse();
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(0L);
    }

    [Fact]
    public async Task A_result_above_ten_million_bytes_names_the_way_to_read_it()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = FifteenMillion;

        var tooLarge = await command.Awaiting(one => one.ExecuteReaderAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        tooLarge.Which.ServerCode.Should().Be("RESPONSE_TOO_LARGE");
        tooLarge.Which.Message.Should().Contain(nameof(CommandBehavior.SequentialAccess));
        tooLarge.Which.IsTransient.Should().BeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_result_of_any_size_is_read_row_by_row(bool synchronously)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = FifteenMillion;

        var lengths = new List<(long Number, int Length)>();
        await using var reader = synchronously
            ? command.ExecuteReader(CommandBehavior.SequentialAccess)
            : await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, Cancellation);
        while (synchronously ? reader.Read() : await reader.ReadAsync(Cancellation))
        {
            lengths.Add((reader.GetInt64(0), reader.GetString(1).Length));
        }

        lengths.Should().Equal(Enumerable.Range(1, 15).Select(n => ((long)n, 1_000_000)));
    }

    [Fact]
    public async Task A_reader_that_is_closed_early_stops_the_statement_and_leaves_the_connection_usable()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n, hex(zeroblob(1000)) FROM c";

        await using (var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, Cancellation))
        {
            (await reader.ReadAsync(Cancellation)).Should().BeTrue();
            reader.GetInt64(0).Should().Be(1);
        }

        (await ScalarAsync("SELECT 1")).Should().Be(1L);
    }

    [Fact]
    public async Task An_error_in_the_middle_of_a_streamed_result_is_thrown_where_it_happens()
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = """
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3)
            SELECT CASE n WHEN 3 THEN json_extract('no json', '$') ELSE n END FROM c
            """;
        command.Streaming = true;
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var read = async () =>
        {
            while (await reader.ReadAsync(Cancellation))
            {
                // Two rows come before the mistake.
            }
        };

        (await read.Should().ThrowAsync<LibSqlException>()).WithMessage("*malformed JSON*");
        await reader.DisposeAsync();
        (await ScalarAsync("SELECT 1")).Should().Be(1L);
    }

    /// <summary>Without names: SQLite looks through all names for each of them, which takes ten seconds for so many.</summary>
    [Fact]
    public async Task Thirty_two_thousand_parameters_are_bound()
    {
        await using var command = ManyParameters(32_000);

        (await command.ExecuteScalarAsync(Cancellation)).Should().Be(1L);
    }

    [Fact]
    public async Task More_parameters_than_sqlite_takes_are_told()
    {
        await using var command = ManyParameters(33_000);

        (await command.Awaiting(one => one.ExecuteScalarAsync(Cancellation)).Should().ThrowAsync<LibSqlException>())
            .Which.Message.Should().Contain("too many SQL variables");
    }

    private LibSqlCommand ManyParameters(int count)
    {
        var command = Connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM (SELECT 7 AS n) WHERE n IN ({string.Join(", ", Enumerable.Repeat("?", count))})";
        for (var i = 0; i < count; i++)
        {
            command.Parameters.Add(new LibSqlParameter { Value = i });
        }

        return command;
    }
}
