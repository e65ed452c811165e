using System.Data.Common;
using Dapper;
using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class ExclusiveTransactionTests : IAsyncDisposable
{
    private const string InsertOne = "INSERT INTO item (id) VALUES (1)";
    private static readonly TimeSpan BodyLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TestFile _file = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly SqliteDatabase _database;

    public ExclusiveTransactionTests() => _database = _file.Open(_clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task What_the_body_wrote_and_what_is_recorded_about_it_are_committed_together()
    {
        var result = await TransactAsync(connection =>
        {
            connection.Execute("INSERT INTO item (id, value) VALUES (@id, @value)", new { id = 1, value = "a" });
            connection.QuerySingle<string>("SELECT value FROM item WHERE id = 1").Should().Be("a");
            _file.Ids.Should().BeEmpty("it is not committed yet");
        });

        result.IsCommitted.Should().BeTrue();
        _file.Ids.Should().Equal(1, 9);
    }

    [Fact]
    public async Task A_guard_that_refuses_keeps_the_body_from_running()
    {
        var ran = false;

        var result = await _database.TransactAsync(
            Items.Guard(holds: false),
            (_, _) =>
            {
                ran = true;
                return Nine();
            },
            BodyLimit,
            Cancellation);

        result.Guard.Should().Be("lease");
        ran.Should().BeFalse();
        await ExpectWritableAsync();
    }

    [Fact]
    public async Task An_exception_of_the_body_undoes_what_it_wrote()
    {
        var transact = () => TransactAsync(connection =>
        {
            connection.Execute(InsertOne);
            throw new FormatException("mine");
        });

        await transact.Should().ThrowAsync<FormatException>().WithMessage("mine");
        await ExpectWritableAsync();
    }

    [Fact]
    public async Task A_record_that_is_refused_undoes_what_the_body_wrote()
    {
        var result = await TransactAsync(connection => connection.Execute("INSERT INTO item (id) VALUES (9)"));

        result.Error.Should().Be(SqlErrorKind.UniqueViolation);
        await ExpectWritableAsync();
    }

    [Fact]
    public async Task A_body_that_takes_too_long_is_undone_and_cannot_go_on_later()
    {
        var (inside, late) = (new Hold(), new TaskCompletionSource<Exception?>());
        var transaction = _database.TransactAsync(
            Items.Guard(holds: true),
            async (connection, _) =>
            {
                await connection.ExecuteAsync(InsertOne);
                await inside.PassAsync();
                late.SetResult(Record(() => connection.Execute("INSERT INTO item (id) VALUES (2)")));
                return [];
            },
            BodyLimit,
            Cancellation);
        await inside.ReachedAsync();

        _clock.Advance(BodyLimit);

        await transaction.Invoking(over => over.WaitAsync(Limit, Cancellation)).Should().ThrowAsync<TimeoutException>();
        await ExpectWritableAsync();
        inside.Release();
        (await late.Task.WaitAsync(Limit, Cancellation)).Should().BeOfType<InvalidOperationException>()
            .Which.Message.Should().Contain("is over");
        _file.Ids.Should().Equal(100);
    }

    [Fact]
    public async Task A_body_that_is_cancelled_is_undone()
    {
        var inside = new Hold();
        using var cancellation = new CancellationTokenSource();
        var transaction = _database.TransactAsync(
            Items.Guard(holds: true),
            async (connection, _) =>
            {
                await connection.ExecuteAsync(InsertOne);
                await inside.PassAsync();
                return [];
            },
            BodyLimit,
            cancellation.Token);
        await inside.ReachedAsync();

        await cancellation.CancelAsync();

        await transaction.Invoking(over => over.WaitAsync(Limit, Cancellation)).Should().ThrowAsync<OperationCanceledException>();
        await ExpectWritableAsync();
        inside.Release();
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    [InlineData("COMMIT; BEGIN")]
    [InlineData("PRAGMA query_only = ON")]
    [InlineData("PRAGMA busy_timeout = 5000")]
    [InlineData("CREATE TEMP TABLE mine (id INTEGER)")]
    [InlineData("ATTACH ':memory:' AS mine")]
    public async Task A_body_that_ends_the_transaction_or_changes_the_connection_is_told(string statement)
    {
        var transact = () => TransactAsync(connection => connection.Execute(statement));

        await transact.Should().ThrowAsync<InvalidOperationException>().WithMessage("*COMMIT*");
        await ExpectWritableAsync();
    }

    [Fact]
    public async Task A_statement_behind_a_transaction_that_an_error_has_undone_does_not_commit_by_itself()
    {
        Exception? late = null;
        var transact = () => TransactAsync(connection =>
        {
            connection.Execute(InsertOne);
            Record(() => connection.Execute("INSERT OR ROLLBACK INTO item (id) VALUES (1)")).Should().NotBeNull();
            late = Record(() => connection.Execute("INSERT INTO item (id) VALUES (2)"));
        });

        await transact.Should().ThrowAsync<InvalidOperationException>();
        late.Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain("is gone");
        await ExpectWritableAsync();
        _file.Ids.Should().Equal(100);
    }

    [Fact]
    public async Task A_second_transaction_is_refused_with_the_remedy()
    {
        var transact = () => TransactAsync(connection => connection.BeginTransaction());

        await transact.Should().ThrowAsync<InvalidOperationException>().WithMessage("*without another one*");
        await ExpectWritableAsync();
    }

    [Fact]
    public async Task The_world_called_from_inside_throws_at_once()
    {
        var caught = new List<Exception?>();
        await _database.TransactAsync(
            Items.Guard(holds: true),
            async (_, _) =>
            {
                await Task.Yield();
                caught.Add(Record(() => _database.WriteAsync(Items.UnitOf(1), Cancellation).GetAwaiter().GetResult()));
                caught.Add(Record(() => _database.ReadAsync(_ => Task.FromResult(1), Cancellation).AsTask().GetAwaiter().GetResult()));
                caught.Add(Record(() => TransactAsync(_ => { }).GetAwaiter().GetResult()));
                return [];
            },
            BodyLimit,
            Cancellation).WaitAsync(Limit, Cancellation);

        caught.Should().HaveCount(3).And.AllBeOfType<InvalidOperationException>();
        caught[0]!.Message.Should().Contain("inside a transactional step");
        await ExpectWritableAsync();
    }

    [Fact]
    public async Task Closing_the_connection_as_one_does_harms_nothing()
    {
        var result = await TransactAsync(connection =>
        {
            connection.Open();
            connection.Execute(InsertOne);
            connection.Close();
            connection.Dispose();
            connection.Execute("INSERT INTO item (id) VALUES (2)");
        });

        result.IsCommitted.Should().BeTrue();
        _file.Ids.Should().Equal(1, 2, 9);
    }

    [Fact]
    public async Task A_command_stays_on_its_connection()
    {
        var result = await TransactAsync(connection =>
        {
            using var command = connection.CreateCommand();
            command.Connection.Should().BeSameAs(connection);
            command.Transaction.Should().BeNull();
            command.Invoking(moved => moved.Connection = null).Should().Throw<InvalidOperationException>();
            command.CommandText = "INSERT INTO item (id) VALUES ($id)";
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("$id", 5);
            command.Parameters.Add(parameter);
            command.Prepare();
            command.ExecuteNonQuery().Should().Be(1);
        });

        result.IsCommitted.Should().BeTrue();
        _file.Ids.Should().Equal(5, 9);
    }

    private static Exception? Record(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static Task<IReadOnlyList<SqlStatement>> Nine() =>
        Task.FromResult<IReadOnlyList<SqlStatement>>([Items.Insert(9)]);

    private Task<UnitResult> TransactAsync(Action<DbConnection> body) => _database.TransactAsync(
        Items.Guard(holds: true),
        (connection, _) =>
        {
            body(connection);
            return Nine();
        },
        BodyLimit,
        CancellationToken.None).WaitAsync(Limit);

    private async Task ExpectWritableAsync()
    {
        (await _database.WriteAsync(Items.UnitOf(100), Cancellation).WaitAsync(Limit, Cancellation))
            .IsCommitted.Should().BeTrue();
        _file.Ids.Should().Equal(100);
    }
}
