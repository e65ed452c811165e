using FluentAssertions;
using SQLitePCL;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class SqliteBusyTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    private readonly TestFile _file = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task A_write_gets_through_when_the_lock_is_free()
    {
        using var holder = new RawDatabase(_file.Path);
        var database = _file.Open();
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);

        var write = WriteAsync(database);

        write.IsCompleted.Should().BeFalse();
        holder.Execute("COMMIT").Should().Be(raw.SQLITE_OK);
        (await write.WaitAsync(Limit, Cancellation)).IsCommitted.Should().BeTrue();
        _file.Ids.Should().Equal(1);
    }

    [Fact]
    public async Task A_lock_that_is_kept_for_long_is_reported_while_the_write_goes_on_waiting()
    {
        using var holder = new RawDatabase(_file.Path);
        var database = _file.Open();
        var reported = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _file.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == TransitionKind.DatabaseBusy)
            {
                reported.TrySetResult(transition.Subject);
            }
        };
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);

        var write = WriteAsync(database);

        (await reported.Task.WaitAsync(Limit, Cancellation)).Should().Be(_file.Path);
        write.IsCompleted.Should().BeFalse();
        holder.Execute("ROLLBACK").Should().Be(raw.SQLITE_OK);
        (await write.WaitAsync(Limit, Cancellation)).IsCommitted.Should().BeTrue();
    }

    [Fact]
    public async Task A_lock_that_is_kept_for_too_long_is_an_error_and_the_writer_goes_on()
    {
        using var holder = new RawDatabase(_file.Path);
        var database = _file.Open(busyTimeout: Short);
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);

        var writes = Enumerable.Range(1, 3).Select(id => Task.Run(
            () => database.WriteAsync(Items.UnitOf(id), Cancellation), Cancellation)).ToList();
        var transaction = database.TransactAsync(
            Items.Guard(holds: true), (_, _) => throw new InvalidOperationException("It was begun."), Limit, Cancellation);

        foreach (var write in writes.Append(transaction))
        {
            var result = await write.WaitAsync(Limit, Cancellation);
            result.Error.Should().Be(SqlErrorKind.Busy);
            result.Exception.Should().BeOfType<StorageException>()
                .Which.Should().BeEquivalentTo(new { Code = ErrorCodes.DatabaseBusy, IsTransient = true });
        }

        holder.Execute("COMMIT").Should().Be(raw.SQLITE_OK);
        (await database.WriteAsync(Items.UnitOf(4), Cancellation).WaitAsync(Limit, Cancellation)).IsCommitted.Should().BeTrue();
        _file.Ids.Should().Equal(4);
    }

    [Fact]
    public async Task Who_has_asked_late_waits_as_long_as_the_others()
    {
        using var holder = new RawDatabase(_file.Path);
        var database = _file.Open(busyTimeout: TimeSpan.FromSeconds(1));
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);
        var early = Task.Run(() => database.WriteAsync(Items.UnitOf(1), Cancellation), Cancellation);
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Cancellation);
        var late = Task.Run(() => database.WriteAsync(Items.UnitOf(2), Cancellation), Cancellation);

        (await early.WaitAsync(Limit, Cancellation)).Error.Should().Be(SqlErrorKind.Busy);
        holder.Execute("COMMIT").Should().Be(raw.SQLITE_OK);

        (await late.WaitAsync(Limit, Cancellation)).IsCommitted.Should().BeTrue();
        _file.Ids.Should().Equal(2);
    }

    [Fact]
    public void A_file_that_another_program_keeps_for_itself_is_not_waited_for_without_end_when_it_is_opened()
    {
        using var holder = new RawDatabase(_file.Path);
        holder.Execute("BEGIN EXCLUSIVE").Should().Be(raw.SQLITE_OK);

        var open = () => _file.Open(busyTimeout: Short);

        open.Should().Throw<StorageException>()
            .Which.Should().BeEquivalentTo(new { Code = ErrorCodes.DatabaseBusy, IsTransient = true });
    }

    [Fact]
    public async Task Opening_a_file_that_another_program_keeps_for_itself_can_be_given_up()
    {
        using var holder = new RawDatabase(_file.Path);
        holder.Execute("BEGIN EXCLUSIVE").Should().Be(raw.SQLITE_OK);
        using var given = new CancellationTokenSource();
        var opening = Task.Run(
            () => SqliteDatabase.Open(new DatabaseUrl(_file.Path), new(Durability.Full), _file.Diagnostics, TimeProvider.System, given.Token),
            Cancellation);

        await given.CancelAsync();

        await opening.Awaiting(open => open.WaitAsync(Limit, Cancellation)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task A_reader_does_not_wait_without_end()
    {
        using var holder = new RawDatabase(_file.Path);
        holder.Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);
        var settings = new SqliteSettings(Durability.Full) { BusyTimeout = Short };
        using var readers = new SqliteReaders(new SqliteConnections(new DatabaseUrl(_file.Path), settings));

        var read = Task.Run(() => readers.ReadAsync(reader => reader.QueryAsync<long>("SELECT id FROM item"), Cancellation).AsTask(), Cancellation);

        (await read.Awaiting(reading => reading.WaitAsync(Limit, Cancellation)).Should().ThrowAsync<StorageException>())
            .Which.Code.Should().Be(ErrorCodes.DatabaseBusy);
    }

    [Fact]
    public async Task Two_who_commit_at_full_speed_each_get_their_share()
    {
        const int Commits = 3_000;
        var databases = new[] { _file.Open(), _file.Open() };
        var done = new int[2];
        var atFirstFinish = 0;
        Array.ForEach(databases, database => database.IsShared = true);

        var loops = new[] { 0, 1 }.Select(who => Task.Run(() => CommitAsync(who), Cancellation));
        await Task.WhenAll(loops).WaitAsync(Limit, Cancellation);

        done.Should().Equal(Commits, Commits);
        _file.Ids.Should().HaveCount(2 * Commits);
        atFirstFinish.Should().BeGreaterThan(Commits / 10);

        async Task CommitAsync(int who)
        {
            while (done[who] < Commits)
            {
                var unit = Items.UnitOf((2 * done[who]) + who);
                (await databases[who].WriteAsync(unit, Cancellation)).ThrowUnlessCommitted();
                done[who]++;
                await Task.Yield(); // what is written at once would keep a thread of the pool to itself, and other tests run beside
            }

            Interlocked.CompareExchange(ref atFirstFinish, Volatile.Read(ref done[1 - who]), 0);
        }
    }

    // A write may hold up its caller for as long as it polls for the lock.
    private static Task<UnitResult> WriteAsync(SqliteDatabase database) =>
        Task.Run(() => database.WriteAsync(Items.UnitOf(1), Cancellation), Cancellation);
}
