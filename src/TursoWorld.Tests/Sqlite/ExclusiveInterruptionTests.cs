using System.Data.Common;
using Dapper;
using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>Statements of exclusive transactions that run for longer than they may.</summary>
public sealed class ExclusiveInterruptionTests : IAsyncDisposable
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

    public ExclusiveInterruptionTests() => _database = _file.Open(_clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task A_statement_without_end_is_interrupted()
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

        await transaction.Invoking(over => over).Should().ThrowAsync<Exception>();
        await ExpectWritableAsync();
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

    private async Task ExpectWritableAsync()
    {
        var write = await _database.WriteAsync(Items.UnitOf(100), Cancellation).WaitAsync(Limit, Cancellation);
        write.IsCommitted.Should().BeTrue();
        _file.Ids.Should().Equal(100);
    }
}
