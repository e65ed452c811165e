using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Rows that are read while they come.</summary>
public sealed class StreamingServerTests : ServerTest
{
    private const string Numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < @count) SELECT n FROM c";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)");
    }

    [Fact]
    public async Task Every_kind_of_value_comes_as_without_streaming()
    {
        await using var command = Streaming(
            "SELECT NULL, -9223372036854775808, 9223372036854775807, 1.5, 1e300, 9e999, '', 'a\"\\\n日本語' || char(0) || 'z', x'', x'00fbff'", 0);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var streamed = new object[10];
        (await reader.ReadAsync(Cancellation)).Should().BeTrue();
        reader.GetValues(streamed);
        await reader.DisposeAsync();
        command.Streaming = false;
        await using var whole = await command.ExecuteReaderAsync(Cancellation);
        (await whole.ReadAsync(Cancellation)).Should().BeTrue();
        var expected = new object[10];
        whole.GetValues(expected);

        streamed.Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task Several_results_follow_each_other_also_when_the_first_is_left_unread()
    {
        await using var command = Streaming($"{Numbers}; INSERT INTO item (name) VALUES ('a'), ('b'); SELECT name FROM item ORDER BY id", 5_000);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        (await reader.ReadAsync(Cancellation)).Should().BeTrue();

        (await reader.NextResultAsync(Cancellation)).Should().BeTrue();

        var names = new List<string>();
        while (await reader.ReadAsync(Cancellation))
        {
            names.Add(reader.GetString(0));
        }

        names.Should().Equal("a", "b");
        (await reader.NextResultAsync(Cancellation)).Should().BeFalse();
        reader.RecordsAffected.Should().Be(2);
    }

    [Fact]
    public async Task A_transaction_goes_on_after_its_rows_were_read()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await using var insert = Connection.CreateCommand();
        insert.CommandText = "INSERT INTO item (name) VALUES ('a')";
        await insert.ExecuteNonQueryAsync(Cancellation);
        var sum = 0L;
        await using (var command = Streaming($"SELECT n + (SELECT count(*) FROM item) FROM ({Numbers})", 2_000))
        await using (var reader = await command.ExecuteReaderAsync(Cancellation))
        {
            while (await reader.ReadAsync(Cancellation))
            {
                sum += reader.GetInt64(0);
            }
        }

        await insert.ExecuteNonQueryAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);

        sum.Should().Be(2_001_000 + 2_000, "the row of the transaction was seen");
        (await Raw.ScalarAsync("SELECT count(*) FROM item")).Should().Be("2");
    }

    [Fact]
    public async Task A_transaction_whose_rows_are_left_unread_goes_on_or_is_lost_and_never_commits_a_part()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await using var insert = Connection.CreateCommand();
        insert.CommandText = "INSERT INTO item (name) VALUES ('a')";
        await insert.ExecuteNonQueryAsync(Cancellation);
        await using (var command = Streaming(Numbers, 100_000))
        await using (var reader = await command.ExecuteReaderAsync(Cancellation))
        {
            (await reader.ReadAsync(Cancellation)).Should().BeTrue();
        }

        var committed = true;
        try
        {
            await insert.ExecuteNonQueryAsync(Cancellation);
            await transaction.CommitAsync(Cancellation);
        }
        catch (LibSqlException exception)
        {
            exception.IsTransactionLost.Should().BeTrue();
            committed = false;
        }

        await transaction.DisposeAsync();
        (await Raw.ScalarAsync("SELECT count(*) FROM item")).Should().Be(committed ? "2" : "0");
    }

    [Fact]
    public async Task A_constraint_that_fails_while_streaming_is_told_with_its_code()
    {
        await ExecuteAsync("INSERT INTO item (id) VALUES (3)");
        await using var command = Streaming("INSERT INTO item (id) VALUES (1), (2), (3) RETURNING id", 0);

        var failed = await command.Awaiting(one => one.ExecuteNonQueryAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        failed.Which.SqliteErrorCode.Should().Be(19);
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(1L);
    }

    [Fact]
    public async Task Text_that_cannot_be_parsed_is_told_as_without_streaming()
    {
        await using var command = Streaming("SELECT FROM", 0);

        var failed = await command.Awaiting(one => one.ExecuteReaderAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        failed.Which.IsOutcomeUnknown.Should().BeFalse();
        failed.Which.Message.Should().Contain("syntax error");
        (await ScalarAsync("SELECT 1")).Should().Be(1L);
    }

    [Fact]
    public async Task Giving_up_in_the_middle_leaves_the_connection_usable()
    {
        using var cancel = new CancellationTokenSource();
        await using var command = Streaming(Numbers, long.MaxValue);
        var reader = await command.ExecuteReaderAsync(cancel.Token);
        await reader.ReadAsync(cancel.Token);

        await cancel.CancelAsync();

        var read = async () =>
        {
            while (await reader.ReadAsync(cancel.Token))
            {
                // Some rows may be here already.
            }
        };
        await read.Should().ThrowAsync<OperationCanceledException>();
        await reader.DisposeAsync();
        (await ScalarAsync("SELECT 1")).Should().Be(1L);
    }

    [Fact]
    public async Task Half_an_answer_is_an_error_and_never_looks_like_the_end()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        proxy.Add(new Fault.HalfAnswer(), request => request.Target == "POST /v3/cursor");
        await using var command = connection.CreateCommand();
        (command.CommandText, command.Streaming) = (Numbers, true);
        command.Parameters.AddWithValue("@count", 5_000);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = 0;
        var read = async () =>
        {
            while (await reader.ReadAsync(Cancellation))
            {
                rows++;
            }
        };

        var cut = await read.Should().ThrowAsync<LibSqlException>();

        rows.Should().BeInRange(1, 4_999);
        cut.Which.IsOutcomeUnknown.Should().BeFalse();
        await read.Should().ThrowAsync<LibSqlException>("who asks again is not told that this was all");
    }

    private LibSqlCommand Streaming(string sql, long count)
    {
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.Streaming = true;
        command.Parameters.AddWithValue("@count", count);
        return command;
    }
}
