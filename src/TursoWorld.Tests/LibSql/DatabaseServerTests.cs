using FluentAssertions;
using TursoWorld.Sql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class DatabaseServerTests
{
    [Theory]
    [InlineData("libsql://shop-example.turso.io", "libsql://shop-example.turso.io", "https://shop-example.turso.io/")]
    [InlineData("libsql://example.com:8080?tls=0", "libsql://example.com:8080", "http://example.com:8080/")]
    [InlineData("libsql://example.com:8080?tls=1", "libsql://example.com:8080", "https://example.com:8080/")]
    [InlineData("https://example.com/a/path/", "https://example.com/a/path", "https://example.com/a/path/")]
    [InlineData("HTTP://localhost:8080", "http://localhost:8080", "http://localhost:8080/")]
    [InlineData("wss://example.com", "wss://example.com", "https://example.com/")]
    [InlineData("ws://[::1]:8080", "ws://[::1]:8080", "http://[::1]:8080/")]
    public void A_server_is_named_by_its_url(string text, string name, string address)
    {
        var url = DatabaseUrl.TryParse(text, out var failure);

        failure.Should().BeNull();
        url!.Should().BeEquivalentTo(new { Path = (string?)null, IsMemory = false, Name = name });
        url!.Server!.ConnectionString.Should().ContainEquivalentOf($"Data Source={address}");
    }

    [Theory]
    [InlineData("libsql://", "names no server")]
    [InlineData("https://user:secret@example.com", "no user and no password")]
    [InlineData("libsql://example.com#secret", "no fragment")]
    [InlineData("libsql://example.com?mode=ro", "'mode'")]
    [InlineData("libsql://example.com?tls=0", "'tls'")]
    [InlineData("libsql://example.com:8080?tls=maybe", "'tls'")]
    [InlineData("https://example.com?tls=0", "'tls'")]
    [InlineData("libsql://example.com?authToken=", "'authToken'")]
    public void What_names_no_server_is_refused_with_the_reason(string text, string reason)
    {
        var url = DatabaseUrl.TryParse(text, out var failure);

        url.Should().BeNull();
        failure.Should().StartWith("DatabaseUrl ").And.Contain(reason).And.NotContain("secret");
    }

    [Theory]
    [InlineData("option", "url", "environment", "option")]
    [InlineData(null, "url", "environment", "url")]
    [InlineData(null, null, "environment", "environment")]
    [InlineData(null, null, null, null)]
    public void The_token_of_the_options_goes_before_the_one_of_the_url_and_the_environment_comes_last(
        string? option, string? url, string? environment, string? expected)
    {
        var options = new WorldOptions
        {
            DatabaseUrl = url is null ? "https://example.com" : $"https://example.com?authToken={url}",
            AuthToken = option,
        };

        var settings = WorldSettings.Resolve(options, name => name == "WORKFLOW_TURSO_AUTH_TOKEN" ? environment : null);

        settings.Database.Server!.AuthToken.Should().Be(expected);
    }

    [Theory]
    [InlineData("http://example.com", false)]
    [InlineData("libsql://example.com:8080?tls=0", false)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("https://example.com", true)]
    [InlineData("libsql://example.com", true)]
    public void A_token_is_never_sent_to_another_machine_in_the_clear(string url, bool isAccepted)
    {
        var resolve = () => WorldSettings.Resolve(new() { DatabaseUrl = url, AuthToken = "secret" }, _ => null);

        if (isAccepted)
        {
            resolve.Should().NotThrow();
        }
        else
        {
            resolve.Should().Throw<InvalidOptionsException>().Which.Message.Should().Contain("unencrypted").And.NotContain("secret");
        }
    }

    [Fact]
    public void A_token_shows_nowhere()
    {
        var options = new WorldOptions { DatabaseUrl = "https://example.com?authToken=secret" };

        var settings = WorldSettings.Resolve(options, _ => null);

        $"{settings.Database} {settings.Database.Server} {settings.Database.Name}".Should().NotContain("secret");
        settings.Database.Server!.Key.Should().NotBe(DatabaseUrl.TryParse("https://example.com?authToken=other", out _)!.Server!.Key);
    }

    [Fact]
    public async Task Worlds_with_the_same_url_and_token_share_their_connections()
    {
        await using var first = WorldFactory.CreateWorld(new() { DatabaseUrl = "libsql://example.com", AuthToken = "one" });
        await using var same = WorldFactory.CreateWorld(new() { DatabaseUrl = "libsql://example.com?authToken=one" });
        await using var other = WorldFactory.CreateWorld(new() { DatabaseUrl = "libsql://example.com", AuthToken = "two" });

        same.Shared.Should().BeSameAs(first.Shared);
        other.Shared.Should().NotBeSameAs(first.Shared);
    }
}
