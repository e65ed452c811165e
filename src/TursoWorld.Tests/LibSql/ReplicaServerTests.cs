using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>A replica reads for itself and lets its primary write, and is a moment behind.</summary>
public sealed class ReplicaServerTests(ReplicatedServer servers) : IClassFixture<ReplicatedServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Own_writes_are_read_at_once_also_over_another_connection()
    {
        await using var source = new LibSqlDataSource($"Data Source={servers.Replica.Url}");
        await using var writer = await source.OpenConnectionAsync(Cancellation);
        await using var reader = await source.OpenConnectionAsync(Cancellation);
        await writer.ExecuteAsync("CREATE TABLE own (id INTEGER PRIMARY KEY)");

        for (var id = 1; id <= 30; id++)
        {
            await writer.ExecuteAsync("INSERT INTO own VALUES (@id)", new { id });
            (await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM own")).Should().Be(id);
        }
    }

    [Fact]
    public async Task What_a_transaction_wrote_is_read_at_once()
    {
        await using var source = new LibSqlDataSource($"Data Source={servers.Replica.Url}");
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync("CREATE TABLE together (id INTEGER PRIMARY KEY)");

        for (var id = 1; id <= 10; id++)
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await connection.ExecuteAsync("INSERT INTO together VALUES (@id)", new { id }, transaction);
            (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM together", transaction: transaction)).Should().Be(id);
            await transaction.CommitAsync(Cancellation);
            (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM together")).Should().Be(id);
        }
    }

    [Fact]
    public async Task What_steps_wrote_is_read_at_once()
    {
        await using var source = new LibSqlDataSource($"Data Source={servers.Replica.Url}");
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync("CREATE TABLE steps (id INTEGER PRIMARY KEY)");

        for (var id = 1L; id <= 10; id++)
        {
            await connection.ExecuteStepsAsync([new LibSqlStep("INSERT INTO steps VALUES (@id)") { Arguments = [new("id", id)] }], Cancellation);
            var read = await connection.ExecuteStepsAsync([new LibSqlStep("SELECT count(*) FROM steps")], Cancellation);
            read[0].Rows[0][0].Should().Be(id);
        }
    }

    [Fact]
    public async Task Who_does_not_want_to_wait_for_own_writes_says_so()
    {
        await using var proxy = new FaultProxy(servers.Replica.Url);
        await using var source = new LibSqlDataSource($"Data Source={proxy.Url};Read Your Writes=false");
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync("CREATE TABLE careless (id INTEGER PRIMARY KEY)");

        await connection.ExecuteScalarAsync<long>("SELECT 1");

        proxy.Requests.Should().NotContain(request => request.Body.Contains("replication_index", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_violated_constraint_is_told_through_a_replica_as_by_the_primary()
    {
        await using var source = new LibSqlDataSource($"Data Source={servers.Replica.Url}");
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync("CREATE TABLE taken (name TEXT UNIQUE); INSERT INTO taken VALUES ('a')");

        var violation = await connection.Awaiting(one => one.ExecuteAsync("INSERT INTO taken VALUES ('a')")).Should().ThrowAsync<LibSqlException>();

        violation.Which.SqliteErrorCode.Should().Be(19);
        violation.Which.SqliteExtendedErrorCode.Should().Be(2067);
        violation.Which.ServerMessage.Should().Be("UNIQUE constraint failed: taken.name");
    }

    [Fact]
    public async Task A_read_that_waits_for_what_the_replica_does_not_get_ends_with_its_timeout()
    {
        await using var pair = new ReplicatedServer(); // of its own, to break it
        await pair.InitializeAsync();
        await using var source = new LibSqlDataSource($"Data Source={pair.Replica.Url};Command Timeout=2");
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync("CREATE TABLE late (id INTEGER PRIMARY KEY)");
        (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM late")).Should().Be(0);

        await pair.Primary.KillAsync();

        (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM late")).Should().Be(0, "the replica has it");
        var write = await connection.Awaiting(one => one.ExecuteAsync("INSERT INTO late VALUES (1)")).Should().ThrowAsync<LibSqlException>();
        write.Which.IsOutcomeUnknown.Should().BeTrue();
    }
}
