using System.Net;
using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class TokenServerTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> BadTokens => new()
    {
        { nameof(GuardedServer.Forged), "invalid" },
        { nameof(GuardedServer.Expired), "expired" },
        { "none", "token" },
        { "garbage", "invalid" },
    };

    [Fact]
    public async Task A_good_token_opens_the_database_from_the_key_and_from_the_address()
    {
        await using var byKey = new LibSqlConnection($"Data Source={server.Url};Auth Token={server.ReadWrite}");
        await using var byAddress = new LibSqlConnection($"Data Source={server.Url}?authToken={server.ReadWrite}");

        (await byKey.ExecuteScalarAsync<long>("SELECT 1")).Should().Be(1);
        (await byAddress.ExecuteScalarAsync<long>("SELECT 2")).Should().Be(2);
    }

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task A_bad_token_is_refused_with_the_reason_and_never_shown(string which, string reason)
    {
        var token = Token(which);
        await using var connection = new LibSqlConnection($"Data Source={server.Url}{(token is null ? "" : $";Auth Token={token}")}");

        var refused = await connection.Awaiting(one => one.ExecuteAsync("CREATE TABLE never (id INTEGER)"))
            .Should().ThrowAsync<LibSqlException>();

        refused.Which.HttpStatus.Should().Be(HttpStatusCode.Unauthorized);
        refused.Which.Message.Should().ContainEquivalentOf(reason).And.Contain("Auth Token");
        refused.Which.IsTransient.Should().BeFalse();
        refused.Which.IsOutcomeUnknown.Should().BeFalse("nothing was executed");
        refused.Which.ToString().Should().NotContain(token ?? "no token at all");
    }

    [Fact]
    public async Task A_read_only_token_reads_and_does_not_write()
    {
        await using var writer = new LibSqlConnection($"Data Source={server.Url};Auth Token={server.ReadWrite}");
        await writer.ExecuteAsync("CREATE TABLE IF NOT EXISTS kept (id INTEGER)");
        await using var reader = new LibSqlConnection($"Data Source={server.Url};Auth Token={server.ReadOnly}");

        (await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM kept")).Should().Be(0);
        var refused = await reader.Awaiting(one => one.ExecuteAsync("INSERT INTO kept VALUES (1)")).Should().ThrowAsync<LibSqlException>();

        refused.Which.HttpStatus.Should().Be(HttpStatusCode.Forbidden);
        refused.Which.SqliteErrorCode.Should().BeOneOf(8, 23); // READONLY or AUTH
        refused.Which.IsTransient.Should().BeFalse();
        refused.Which.IsOutcomeUnknown.Should().BeFalse();
        refused.Which.Message.Should().Contain("only allows reading").And.NotContain(server.ReadOnly);
        (await writer.ExecuteScalarAsync<long>("SELECT count(*) FROM kept")).Should().Be(0);
    }

    [Fact]
    public async Task A_token_for_another_database_is_refused()
    {
        await using var connection = new LibSqlConnection($"Data Source={server.Url};Auth Token={server.Elsewhere}");

        var refused = await connection.Awaiting(one => one.ExecuteScalarAsync<long>("SELECT 1")).Should().ThrowAsync<LibSqlException>();

        refused.Which.HttpStatus.Should().BeOneOf(HttpStatusCode.NotFound, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden);
        refused.Which.IsTransient.Should().BeFalse();
    }

    [Fact]
    public async Task A_token_that_has_expired_is_asked_for_again_once_and_the_statement_is_executed_once()
    {
        var asked = 0;
        await using var source = Source(_ => new(++asked == 1 ? server.Expired : server.ReadWrite));
        await using var connection = await source.OpenConnectionAsync(Cancellation);

        await connection.ExecuteAsync("CREATE TABLE once (id INTEGER)"); // a second time it would fail
        await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM once");

        asked.Should().BeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task Whoever_keeps_giving_a_bad_token_is_refused_after_it_was_asked_twice()
    {
        var asked = 0;
        await using var source = Source(_ =>
        {
            asked++;
            return new(server.Expired);
        });
        await using var connection = await source.OpenConnectionAsync(Cancellation);

        var refused = await connection.Awaiting(one => one.ExecuteScalarAsync<long>("SELECT 1")).Should().ThrowAsync<LibSqlException>();

        refused.Which.HttpStatus.Should().Be(HttpStatusCode.Unauthorized);
        asked.Should().Be(2);
    }

    [Fact]
    public async Task What_the_callback_throws_reaches_the_caller()
    {
        await using var source = Source(_ => throw new TimeoutException("The vault does not answer."));
        await using var connection = await source.OpenConnectionAsync(Cancellation);

        await connection.Awaiting(one => one.ExecuteScalarAsync<long>("SELECT 1")).Should().ThrowAsync<TimeoutException>();
    }

    private LibSqlDataSource Source(Func<CancellationToken, ValueTask<string?>> token) =>
        new($"Data Source={server.Url}", new LibSqlDataSourceOptions { AuthToken = token });

    private string? Token(string which) => which switch
    {
        nameof(GuardedServer.Forged) => server.Forged,
        nameof(GuardedServer.Expired) => server.Expired,
        "garbage" => "this.is.garbage",
        _ => null,
    };
}
