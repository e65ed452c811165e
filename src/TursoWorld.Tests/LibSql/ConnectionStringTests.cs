using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class ConnectionStringTests
{
    [Fact]
    public void What_is_not_said_has_its_default()
    {
        var builder = new LibSqlConnectionStringBuilder("Data Source=libsql://host");

        builder.DataSource.Should().Be("libsql://host");
        builder.AuthToken.Should().BeNull();
        builder.Host.Should().BeNull();
        builder.CommandTimeout.Should().Be(30);
        builder.MaxConcurrency.Should().Be(20);
        builder.ReadYourWrites.Should().BeTrue();
        builder.AllowTokenOverHttp.Should().BeFalse();
        builder.EncryptionKey.Should().BeNull();
        builder.PersistSecurityInfo.Should().BeFalse();
    }

    [Fact]
    public void Every_key_is_read_in_any_case()
    {
        var builder = new LibSqlConnectionStringBuilder(
            "url=libsql://host;AUTH TOKEN='a;b';host=orders.example.com;command timeout=5;Max Concurrency=3;"
            + "read your writes=false;Allow Token Over Http=yes;Encryption Key=k;Persist Security Info=1");

        builder.DataSource.Should().Be("libsql://host");
        builder.AuthToken.Should().Be("a;b");
        builder.Host.Should().Be("orders.example.com");
        builder.CommandTimeout.Should().Be(5);
        builder.MaxConcurrency.Should().Be(3);
        builder.ReadYourWrites.Should().BeFalse();
        builder.AllowTokenOverHttp.Should().BeTrue();
        builder.EncryptionKey.Should().Be("k");
        builder.PersistSecurityInfo.Should().BeTrue();
    }

    [Fact]
    public void What_was_built_is_read_again()
    {
        var built = new LibSqlConnectionStringBuilder
        {
            DataSource = "libsql://host?tls=1",
            AuthToken = "a=b;c",
            CommandTimeout = 0,
            ReadYourWrites = false,
        };

        var read = new LibSqlConnectionStringBuilder(built.ConnectionString);

        read.EquivalentTo(built).Should().BeTrue();
        read.AuthToken.Should().Be("a=b;c");
        read.CommandTimeout.Should().Be(0);
    }

    [Theory]
    [InlineData("Data Source=libsql://host;Nonsense=1", "*Nonsense*Data Source*")]
    [InlineData("Data Source=libsql://host;Max Concurrency=0", "*Max Concurrency*1 to 1000*")]
    [InlineData("Data Source=libsql://host;Command Timeout=-1", "*Command Timeout*")]
    [InlineData("Data Source=libsql://host;Read Your Writes=perhaps", "*Read Your Writes*true or false*")]
    public void What_cannot_be_is_refused(string text, string message) =>
        FluentActions.Invoking(() => new LibSqlConnectionStringBuilder(text)).Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void A_connection_is_opened_without_a_word_to_the_server_and_then_keeps_its_secrets()
    {
        const string Text = "Data Source=libsql://nowhere.invalid?authToken=url-secret;Auth Token=key-secret;Encryption Key=third-secret";
        using var connection = new LibSqlConnection(Text);
        connection.ConnectionString.Should().Be(Text);

        connection.Open();

        connection.ConnectionString.Should().Contain("nowhere.invalid").And.NotContain("secret");
        connection.DataSource.Should().Be("nowhere.invalid");
        connection.Close();
        connection.ConnectionString.Should().NotContain("secret");
        connection.Open();
    }

    [Fact]
    public void Secrets_are_shown_to_who_asks_for_them()
    {
        using var connection = new LibSqlConnection("Data Source=libsql://nowhere.invalid;Auth Token=secret;Persist Security Info=true");
        connection.Open();

        connection.ConnectionString.Should().Contain("secret");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Auth Token=secret")]
    [InlineData("Data Source=file:here.db;Auth Token=secret")]
    [InlineData("Data Source=http://10.0.0.1:8080;Auth Token=secret")]
    [InlineData("Data Source=http://10.0.0.1:8080?authToken=secret")]
    [InlineData("Data Source=http://10.0.0.1:8080;Encryption Key=secret")]
    public void What_names_no_server_or_would_give_a_secret_away_is_not_opened(string text)
    {
        using var connection = new LibSqlConnection(text);

        connection.Invoking(one => one.Open()).Should().Throw<ArgumentException>().Which.Message.Should().NotContain("secret");
    }

    [Theory]
    [InlineData("Data Source=http://127.0.0.1:8080;Auth Token=secret")]
    [InlineData("Data Source=http://localhost:8080;Auth Token=secret")]
    [InlineData("Data Source=http://10.0.0.1:8080;Auth Token=secret;Allow Token Over Http=true")]
    [InlineData("Data Source=http://10.0.0.1:8080")]
    public void A_token_may_go_to_this_machine_and_where_its_owner_says(string text)
    {
        using var connection = new LibSqlConnection(text);

        connection.Invoking(one => one.Open()).Should().NotThrow();
    }
}
