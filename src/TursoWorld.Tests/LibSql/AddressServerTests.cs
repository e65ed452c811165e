using System.Net;
using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Where the server is not, or is no server, or was one until a moment ago.</summary>
public sealed class AddressServerTests : ServerTest
{
    [Fact]
    public async Task Opening_a_connection_sends_nothing()
    {
        await using var connection = new LibSqlConnection($"Data Source={SqldServer.Loopback()}");

        await connection.OpenAsync(Cancellation);

        connection.State.Should().Be(System.Data.ConnectionState.Open);
    }

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("CREATE TABLE item (id INTEGER)")]
    public async Task Where_nobody_listens_nothing_was_done_and_it_can_be_tried_again(string sql)
    {
        var nobody = SqldServer.Loopback();
        await using var connection = new LibSqlConnection($"Data Source={nobody};Command Timeout=3");

        var refused = await connection.Awaiting(one => one.ExecuteAsync(sql)).Should().ThrowAsync<LibSqlException>();

        refused.Which.IsTransient.Should().BeTrue();
        refused.Which.IsOutcomeUnknown.Should().BeFalse();
        refused.Which.Message.Should().Contain(nobody.Authority);
    }

    [Fact]
    public async Task A_name_that_nobody_has_is_told()
    {
        await using var connection = new LibSqlConnection("Data Source=http://no-such-host.invalid;Command Timeout=5");

        var refused = await connection.Awaiting(one => one.ExecuteScalarAsync<long>("SELECT 1")).Should().ThrowAsync<LibSqlException>();

        refused.Which.Message.Should().Contain("no-such-host.invalid");
        refused.Which.IsOutcomeUnknown.Should().BeFalse();
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_is_told()
    {
        await using var connection = new LibSqlConnection($"Data Source={Database.Url}some/where;Host={Database.Host}");

        var refused = await connection.Awaiting(one => one.ExecuteScalarAsync<long>("SELECT 1")).Should().ThrowAsync<LibSqlException>();

        refused.Which.HttpStatus.Should().Be(HttpStatusCode.NotFound);
        refused.Which.IsTransient.Should().BeFalse();
        refused.Which.IsOutcomeUnknown.Should().BeFalse();
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_told_with_what_selects_it()
    {
        await using var connection = new LibSqlConnection($"Data Source={Database.Url};Host=nobody.test");

        var refused = await connection.Awaiting(one => one.ExecuteAsync("CREATE TABLE item (id INTEGER)")).Should().ThrowAsync<LibSqlException>();

        refused.Which.HttpStatus.Should().Be(HttpStatusCode.NotFound);
        refused.Which.Message.Should().Contain("nobody").And.Contain("Host");
        refused.Which.IsTransient.Should().BeFalse();
    }

    [Fact]
    public async Task An_address_of_numbers_is_told_to_name_the_host_when_the_server_has_several_databases()
    {
        await using var connection = new LibSqlConnection($"Data Source={Database.Url}");

        var refused = await connection.Awaiting(one => one.ExecuteScalarAsync<long>("SELECT 1")).Should().ThrowAsync<LibSqlException>();

        refused.Which.Message.Should().Contain("Host");
    }

    [Fact]
    public async Task A_token_does_not_travel_over_plain_http_to_another_machine()
    {
        await using var connection = new LibSqlConnection("Data Source=http://192.0.2.1;Auth Token=secret-token");

        var refused = await connection.Awaiting(one => one.OpenAsync(Cancellation)).Should().ThrowAsync<Exception>();

        refused.Which.Message.Should().Contain("Allow Token Over Http").And.NotContain("secret-token");
    }

    [Fact]
    public async Task The_version_of_the_server_is_told()
    {
        Connection.ServerVersion.Should().MatchRegex(@"\d+\.\d+");
        await using var closed = new LibSqlConnection(Database.ConnectionString);
        closed.Invoking(one => one.ServerVersion).Should().Throw<InvalidOperationException>();
    }
}
