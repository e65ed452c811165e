using System.Data;
using System.Data.Common;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class SqlReaderTests : IAsyncDisposable
{
    private const string Count = "SELECT count(*) FROM item";
    private const string Find = "SELECT id FROM item WHERE id >= @from ORDER BY id LIMIT 1";
    private const string List = "SELECT id FROM item ORDER BY id";
    private const string ListUntilMistake = "SELECT CASE WHEN id < 3 THEN id ELSE abs(-9223372036854775808) END FROM item ORDER BY id";

    private readonly TestFile _file = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task Every_way_of_reading_finds_the_same_rows()
    {
        var database = await OpenAsync(items: 3);

        var found = await database.ReadAsync(
            async reader => (
                All: await reader.QueryAsync<long>(List),
                Some: await TakeAsync(reader, List, most: 2),
                Count: await reader.ScalarAsync<long>(Count),
                Single: await reader.QuerySingleOrDefaultAsync<long?>(Find, new { from = 2 }),
                Least: await reader.LeastAsync(Find, [new { from = 9 }, new { from = 3 }, new { from = 2 }])),
            Cancellation);

        found.All.Should().Equal(1, 2, 3);
        found.Some.Should().Equal(1, 2);
        found.Count.Should().Be(3);
        found.Single.Should().Be(2);
        found.Least.Should().Be(2);
    }

    [Fact]
    public async Task Every_way_of_reading_tells_that_there_is_nothing()
    {
        var database = await OpenAsync(items: 0);

        var found = await database.ReadAsync(
            async reader => (
                All: await reader.QueryAsync<long>(List),
                Some: await TakeAsync(reader, List, most: 2),
                Scalar: await reader.ScalarAsync<long?>(Find, new { from = 1 }),
                Single: await reader.QuerySingleOrDefaultAsync<long?>(Find, new { from = 1 }),
                Least: await reader.LeastAsync(Find, [new { from = 1 }, new { from = 2 }])),
            Cancellation);

        found.All.Should().BeEmpty();
        found.Some.Should().BeEmpty();
        found.Scalar.Should().BeNull();
        found.Single.Should().BeNull();
        found.Least.Should().BeNull();
    }

    [Fact]
    public async Task A_read_of_a_file_has_ended_when_the_call_returns()
    {
        var database = await OpenAsync(items: 3);

        Task<long>[] reads =
        [
            database.ReadAsync(async reader => (long)(await reader.QueryAsync<long>(List)).Count, Cancellation).AsTask(),
            database.ReadAsync(async reader => (long)(await TakeAsync(reader, List, most: 9)).Count, Cancellation).AsTask(),
            database.ReadAsync(reader => reader.ScalarAsync<long>(Count), Cancellation).AsTask(),
            database.ReadAsync(reader => reader.QuerySingleOrDefaultAsync<long>(Count), Cancellation).AsTask(),
            database.ReadAsync(async reader => await reader.LeastAsync(Count, [new { }]) ?? 0, Cancellation).AsTask(),
        ];

        reads.Should().OnlyContain(read => read.IsCompletedSuccessfully);
        (await Task.WhenAll(reads)).Should().OnlyContain(count => count == 3);
    }

    [Fact]
    public async Task A_connection_is_used_again_after_a_read_that_took_some_rows_only()
    {
        var database = await OpenAsync(items: 3);
        DbConnection? first = null;

        await database.ReadAsync(
            async reader =>
            {
                first = reader.Connection;
                return await TakeAsync(reader, List, most: 1);
            },
            Cancellation);
        var second = await database.ReadAsync(reader => Task.FromResult(reader.Connection), Cancellation);

        second.Should().BeSameAs(first);
        (await database.WriteAsync(Items.UnitOf(4), Cancellation)).IsCommitted.Should().BeTrue();
        (await database.ReadAsync(reader => reader.ScalarAsync<long>(Count), Cancellation)).Should().Be(4, "no statement was left open");
    }

    [Fact]
    public async Task A_connection_is_closed_after_a_read_that_failed()
    {
        var database = await OpenAsync(items: 3);
        DbConnection? used = null;

        var read = () => database.ReadAsync(
            reader =>
            {
                used = reader.Connection;
                return TakeAsync(reader, ListUntilMistake, most: 9);
            },
            Cancellation).AsTask();

        (await read.Should().ThrowAsync<StorageException>()).WithMessage("*overflow*");
        used!.State.Should().Be(ConnectionState.Closed); // the function has run
        (await database.ReadAsync(reader => reader.ScalarAsync<long>(Count), Cancellation)).Should().Be(3);
    }

    [Fact]
    public async Task A_read_that_is_cancelled_stops_between_two_rows()
    {
        var database = await OpenAsync(items: 3);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var seen = new List<long>();

        var read = () => database.ReadAsync(
            async reader =>
            {
                await foreach (var id in reader.EnumerateAsync<long>(List))
                {
                    seen.Add(id);
                    await cancel.CancelAsync();
                }

                return seen.Count;
            },
            cancel.Token).AsTask();

        await read.Should().ThrowAsync<OperationCanceledException>();
        seen.Should().Equal(1);
        (await database.ReadAsync(reader => reader.ScalarAsync<long>(Count), Cancellation)).Should().Be(3);
    }

    [Fact]
    public async Task Nobody_writes_to_a_database_in_memory_while_a_read_takes_its_time()
    {
        await using var database = SqliteDatabase.Open(
            new DatabaseUrl(Path: null), new(Durability.Full), new WorldDiagnostics(NullLoggerFactory.Instance), TimeProvider.System, Cancellation);
        var create = new Unit(new SqlStatement("CREATE TABLE item (id INTEGER PRIMARY KEY, value)"));
        (await database.WriteAsync(create, Cancellation)).ThrowUnlessCommitted();
        var hold = new Hold();

        var reading = database.ReadAsync(
            async reader =>
            {
                await hold.PassAsync();
                return await reader.ScalarAsync<long>(Count);
            },
            Cancellation).AsTask();
        await hold.ReachedAsync();
        var writing = database.WriteAsync(Items.UnitOf(1), Cancellation);
        hold.Release();

        (await reading).Should().Be(0);
        (await writing).IsCommitted.Should().BeTrue();
        (await database.ReadAsync(reader => reader.ScalarAsync<long>(Count), Cancellation)).Should().Be(1);
    }

    private static async Task<List<long>> TakeAsync(SqlReader reader, string text, int most)
    {
        List<long> taken = [];
        await foreach (var id in reader.EnumerateAsync<long>(text))
        {
            taken.Add(id);
            if (taken.Count == most)
            {
                break;
            }
        }

        return taken;
    }

    private async Task<SqliteDatabase> OpenAsync(int items)
    {
        var database = _file.Open();
        for (var id = 1; id <= items; id++)
        {
            (await database.WriteAsync(Items.UnitOf(id), Cancellation)).ThrowUnlessCommitted();
        }

        return database;
    }
}
