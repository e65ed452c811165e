using FluentAssertions;
using TursoWorld.LibSql.Http;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class UrlTests
{
    [Theory]
    [InlineData("libsql://db-org.turso.io", "https://db-org.turso.io/")]
    [InlineData("libsql://host:8443", "https://host:8443/")]
    [InlineData("libsql://host:8080?tls=0", "http://host:8080/")]
    [InlineData("libsql://host?tls=1", "https://host/")]
    [InlineData("LIBSQL://Host", "https://host/")]
    [InlineData("wss://host", "https://host/")]
    [InlineData("ws://host:8080", "http://host:8080/")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/")]
    [InlineData("https://host/base/path", "https://host/base/path/")]
    [InlineData("https://host/base/", "https://host/base/")]
    public void A_url_says_where_the_server_is(string text, string expected) =>
        ServerUrl.Parse(text).BaseUri.Should().Be(new Uri(expected));

    [Theory]
    [InlineData("libsql://host?authToken=a.b%2Bc", "a.b+c")]
    [InlineData("libsql://host:1?tls=0&authToken=abc", "abc")]
    [InlineData("libsql://host?authToken=", null)]
    [InlineData("libsql://host", null)]
    public void A_url_may_hold_the_token(string text, string? token) => ServerUrl.Parse(text).AuthToken.Should().Be(token);

    [Theory]
    [InlineData("", "not a URL")]
    [InlineData("host", "not a URL")]
    [InlineData("libsql://", "not a URL")]
    [InlineData("file:local.db", "Microsoft.Data.Sqlite")]
    [InlineData(":memory:", "Microsoft.Data.Sqlite")]
    [InlineData("ftp://host", "'ftp:'")]
    [InlineData("libsql://host?tls=0", "port")]
    [InlineData("libsql://host?tls=maybe", "neither 0 nor 1")]
    [InlineData("https://host?tls=0", "contradicts")]
    [InlineData("http://host?tls=1", "contradicts")]
    [InlineData("libsql://host?mode=ro", "'mode'")]
    [InlineData("libsql://host#main", "fragment")]
    [InlineData("libsql://user:secret@host", "password")]
    public void What_cannot_be_meant_is_refused_with_a_reason(string text, string reason) =>
        FluentActions.Invoking(() => ServerUrl.Parse(text)).Should().Throw<ArgumentException>().WithMessage($"*{reason}*");

    [Theory]
    [InlineData("libsql://host?authToken=secret&mode=ro")]
    [InlineData("libsql://host?authToken=secret#x")]
    [InlineData("libsql://secret@host")]
    [InlineData("libsql//host?authToken=secret")]
    [InlineData("ftp://host?authToken=secret")]
    public void No_refusal_shows_a_secret(string text) =>
        FluentActions.Invoking(() => ServerUrl.Parse(text)).Should().Throw<ArgumentException>()
            .Which.Message.Should().NotContain("secret");
}
