using System.Net.Sockets;
using FluentAssertions;
using TursoWorld.Tests.Crash;
using Xunit;

namespace TursoWorld.Tests.Support;

public sealed class SqldServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Databases_of_two_tests_share_nothing()
    {
        await using var one = await SharedServer.DatabaseAsync();
        await using var two = await SharedServer.DatabaseAsync();
        using var ofOne = new RawHrana(one.Url, one.Host);
        using var ofTwo = new RawHrana(two.Url, two.Host);

        await ofOne.ScalarAsync("CREATE TABLE only_here (id INTEGER)");

        (await ofOne.ScalarAsync("SELECT count(*) FROM sqlite_master")).Should().Be("1");
        (await ofTwo.ScalarAsync("SELECT count(*) FROM sqlite_master")).Should().Be("0");
    }

    [Fact]
    public async Task A_database_is_gone_when_its_test_is_over()
    {
        var database = await SharedServer.DatabaseAsync();
        using var raw = new RawHrana(database.Url, database.Host);
        await raw.ScalarAsync("CREATE TABLE item (id INTEGER)");

        await database.DisposeAsync();

        await raw.Awaiting(server => server.ScalarAsync("SELECT 1")).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("*404*doesn't exist*");
    }

    [Fact]
    public async Task A_server_that_was_killed_starts_again_with_what_it_had()
    {
        await using var server = await SqldServer.StartAsync();
        using var raw = new RawHrana(server.Url);
        await raw.ScalarAsync("CREATE TABLE item (id INTEGER)");

        await server.KillAsync();
        await raw.Awaiting(killed => killed.ScalarAsync("SELECT 1")).Should().ThrowAsync<HttpRequestException>();
        await server.StartAsync();

        (await raw.ScalarAsync("SELECT count(*) FROM item")).Should().Be("0");
    }

    [Fact]
    public async Task A_server_ends_with_the_process_that_started_it_however_that_ends()
    {
        Requirement.Skip((await SqldProgram.FindAsync()).Lack);
        await using var child = ChildProcess.Start("hold-a-server");
        await child.ReachedAsync("serving");
        var url = new Uri(child.Output.Split('\n').Single(line => line.StartsWith("http:", StringComparison.Ordinal)));
        using var connection = new TcpClient();
        await connection.ConnectAsync(url.Host, url.Port, Cancellation);

        child.KillAlone();

        // The connection ends with the server, and with nothing else.
        var end = () => connection.GetStream().ReadAsync(new byte[1], Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        (await end.Should().NotThrowAsync()).Which.Should().Be(0);
    }

    /// <summary>Child: starts a server and stands still.</summary>
    internal static async Task<int> HoldAsync(string[] args)
    {
        await using var server = await SqldServer.StartAsync(args);
        await Console.Out.WriteLineAsync($"{server.Url}");
        CrashPoint.Reach("serving");
        return 0;
    }
}
