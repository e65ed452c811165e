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
