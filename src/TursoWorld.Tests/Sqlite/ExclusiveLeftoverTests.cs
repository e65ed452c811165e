using System.Data.Common;
using Dapper;
using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Programs;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>Bodies of exclusive transactions that notice the end of their time, or leave something behind.</summary>
public sealed class ExclusiveLeftoverTests : IAsyncDisposable
{
    private const string Endless = """
        WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter)
        SELECT max(n)
        FROM counter
        """;

    private static readonly TimeSpan BodyLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TestFile _file = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly SqliteDatabase _database;

    public ExclusiveLeftoverTests() => _database = _file.Open(_clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task A_statement_without_end_ends_as_a_timeout()
    {
        for (var round = 0; round < 20; round++)
        {
            var hold = new Hold();
            var transaction = TransactAsync((connection, _) =>
            {
                hold.Touch();
                connection.Execute(Endless);
                return Task.CompletedTask;
            });
            await hold.ReachedAsync();

            _clock.Advance(BodyLimit);

            await transaction.Invoking(over => over).Should().ThrowAsync<TimeoutException>();
        }
    }

    [Fact]
    public async Task A_body_that_listens_to_its_token_ends_as_a_timeout_too()
    {
        var reached = new Hold();
        var transaction = TransactAsync((_, token) =>
        {
            var stopped = new TaskCompletionSource();
            token.Register(() => stopped.TrySetCanceled(token));
            reached.Touch();
            return stopped.Task;
        });
        await reached.ReachedAsync();

        _clock.Advance(BodyLimit);

        await transaction.Invoking(over => over).Should().ThrowAsync<TimeoutException>();
    }

    [Fact]
    public async Task What_a_body_throws_when_its_time_is_over_is_no_failure_that_nobody_has_looked_at()
    {
        using var unobserved = new UnobservedFailures();
        var inside = new Hold();
        var late = new TaskCompletionSource<WeakReference>(TaskCreationOptions.RunContinuationsAsynchronously);
        var transaction = TransactAsync(async (_, _) =>
        {
            await inside.PassAsync();
            var failure = new InvalidOperationException(WorkflowProgram.Mark);
            late.SetResult(new WeakReference(failure));
            throw failure;
        });
        await inside.ReachedAsync();
        _clock.Advance(BodyLimit);
        await transaction.Invoking(over => over).Should().ThrowAsync<TimeoutException>();

        inside.Release();

        var thrown = await late.Task.WaitAsync(Limit, Cancellation);
        for (var collections = 0; thrown.IsAlive && collections < 100; collections++)
        {
            unobserved.Collect();
        }

        thrown.IsAlive.Should().BeFalse("nobody refers to what the body has thrown");
        unobserved.Collect().Should().BeEmpty();
    }

    [Fact]
    public async Task A_reader_that_is_left_open_does_not_keep_the_writer_in_the_past()
    {
        DbDataReader? left = null;
        await TransactAsync((connection, _) =>
        {
            left = OpenReader(connection);
            return Task.CompletedTask;
        });
        (await _file.Open().WriteAsync(Items.UnitOf(1), Cancellation)).ThrowUnlessCommitted();

        var write = await _database.WriteAsync(Items.UnitOf(2), Cancellation)
            .WaitAsync(TimeSpan.FromSeconds(4), Cancellation);

        write.IsCommitted.Should().BeTrue();
        GC.KeepAlive(left);
    }

    [Fact]
    public async Task A_reader_that_is_left_open_cannot_be_read_later()
    {
        DbDataReader? left = null;
        await TransactAsync((connection, _) =>
        {
            left = OpenReader(connection);
            return Task.CompletedTask;
        });

        left.Invoking(reader => reader!.Read()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task Closing_does_not_wait_for_the_lock_that_a_transaction_waits_for()
    {
        using var holder = new RawDatabase(_file.Path);
        holder.Execute("BEGIN IMMEDIATE");
        var other = SqliteDatabase.Open(
            new DatabaseUrl(_file.Path), new(Durability.Normal), _file.Diagnostics, TimeProvider.System, Cancellation);
        var transaction = other.TransactAsync(
            Items.Guard(holds: true),
            (_, _) => Task.FromResult<IReadOnlyList<SqlStatement>>([]),
            BodyLimit,
            CancellationToken.None);

        try
        {
            var close = () => other.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(4), Cancellation);
            await close.Should().NotThrowAsync();
        }
        finally
        {
            holder.Execute("COMMIT");
        }

        await transaction.WaitAsync(Limit, Cancellation);
    }

    private static DbDataReader OpenReader(DbConnection connection)
    {
        var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM sqlite_master UNION ALL SELECT 2 FROM sqlite_master";
        var reader = command.ExecuteReader();
        reader.Read().Should().BeTrue();
        return reader;
    }

    private Task<UnitResult> TransactAsync(Func<DbConnection, CancellationToken, Task> body) => _database.TransactAsync(
        Items.Guard(holds: true),
        async (connection, token) =>
        {
            await body(connection, token);
            return [];
        },
        BodyLimit,
        CancellationToken.None).WaitAsync(Limit);
}
