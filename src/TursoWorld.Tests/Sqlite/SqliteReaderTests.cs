using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class SqliteReaderTests : IAsyncDisposable
{
    private const string Count = "SELECT count(*) FROM item";

    private readonly TestFile _file = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task A_reader_refuses_to_write()
    {
        var database = _file.Open();

        var write = () => database.ReadAsync(
            reader => reader.ScalarAsync<long>("INSERT INTO item (id) VALUES (1)"), Cancellation).AsTask();

        (await write.Should().ThrowAsync<StorageException>()).Which.Code.Should().Be(ErrorCodes.DatabaseReadOnly);
        _file.Ids.Should().BeEmpty();
    }

    [Fact]
    public async Task A_mistake_in_a_query_is_a_typed_error_and_spoils_no_later_read()
    {
        var database = _file.Open();

        var read = () => database.ReadAsync(reader => reader.QueryAsync<long>("SELECT x FROM missing"), Cancellation).AsTask();

        (await read.Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain("missing");
        (await database.ReadAsync(CountItems, Cancellation)).Should().Be(0);
    }

    [Fact]
    public async Task An_exception_of_the_caller_comes_back_as_it_is()
    {
        var database = _file.Open();

        var read = () => database.ReadAsync<int>(_ => throw new FormatException("mine"), Cancellation).AsTask();

        await read.Should().ThrowAsync<FormatException>().WithMessage("mine");
    }

    [Fact]
    public async Task Reading_does_not_wait_for_somebody_who_writes()
    {
        var database = _file.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        var hold = new Hold();
        var writing = database.TransactAsync(
            Items.Guard(holds: true),
            async (_, _) =>
            {
                await hold.PassAsync();
                return [Items.Insert(2)];
            },
            TimeSpan.FromSeconds(20),
            Cancellation);
        await hold.ReachedAsync();

        var during = await database.ReadAsync(CountItems, Cancellation);

        during.Should().Be(1);
        hold.Release();
        (await writing).IsCommitted.Should().BeTrue();
        (await database.ReadAsync(CountItems, Cancellation)).Should().Be(2);
    }

    [Fact]
    public async Task Who_has_written_reads_what_was_written()
    {
        var database = _file.Open();

        for (var id = 1; id <= 50; id++)
        {
            await database.WriteAsync(Items.UnitOf(id), Cancellation);
            (await database.ReadAsync(CountItems, Cancellation)).Should().Be(id);
        }
    }

    [Fact]
    public async Task Many_may_read_at_once()
    {
        var database = _file.Open();
        using var everybody = new Barrier(12);

        var reads = Enumerable.Range(0, 12).Select(_ => Task.Factory.StartNew(
            () => database.ReadAsync(_ => Task.FromResult(everybody.SignalAndWait(TimeSpan.FromSeconds(10))), Cancellation).AsTask(),
            Cancellation,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap());

        (await Task.WhenAll(reads)).Should().OnlyContain(met => met);
    }

    [Fact]
    public async Task A_database_in_memory_is_read_between_two_commits()
    {
        await using var database = OpenMemory();
        var create = new Unit(new SqlStatement("CREATE TABLE item (id INTEGER PRIMARY KEY, value)"));
        (await database.WriteAsync(create, Cancellation)).ThrowUnlessCommitted();

        var writes = Enumerable.Range(1, 100).Select(id => database.WriteAsync(Items.UnitOf(id), Cancellation)).ToList();
        var count = await database.ReadAsync(CountItems, Cancellation);

        count.Should().Be(100);
        await Task.WhenAll(writes);
        var mistake = () => database.ReadAsync(reader => reader.QueryAsync<long>("SELECT x FROM y"), Cancellation).AsTask();
        await mistake.Should().ThrowAsync<StorageException>();
        (await database.ReadAsync(CountItems, Cancellation)).Should().Be(100);
    }

    [Fact]
    public async Task Each_database_in_memory_is_its_own()
    {
        await using var one = OpenMemory();
        await using var other = OpenMemory();
        await one.WriteAsync(new Unit(new SqlStatement("CREATE TABLE item (id)")), Cancellation);

        var read = () => other.ReadAsync(CountItems, Cancellation).AsTask();

        await read.Should().ThrowAsync<StorageException>();
    }

    [Fact]
    public async Task The_change_counter_tells_commits_of_others_from_own_ones()
    {
        var (own, other) = (_file.Open(), _file.Open());
        var before = await own.ReadChangeCounterAsync(Cancellation);

        await own.WriteAsync(Items.UnitOf(1), Cancellation);
        var afterOwn = await own.ReadChangeCounterAsync(Cancellation);
        await other.WriteAsync(Items.UnitOf(2), Cancellation);
        var afterOther = await own.ReadChangeCounterAsync(Cancellation);

        afterOwn.Should().Be(before);
        afterOther.Should().NotBe(before);
    }

    [Fact]
    public async Task A_read_that_is_cancelled_already_does_not_begin()
    {
        var read = () => _file.Open().ReadAsync(CountItems, new CancellationToken(canceled: true)).AsTask();

        await read.Should().ThrowAsync<OperationCanceledException>();
    }

    private static Task<long> CountItems(SqlReader reader) => reader.ScalarAsync<long>(Count);

    private static SqliteDatabase OpenMemory() => SqliteDatabase.Open(
        new DatabaseUrl(Path: null), new(Durability.Full), new WorldDiagnostics(NullLoggerFactory.Instance), TimeProvider.System);
}
