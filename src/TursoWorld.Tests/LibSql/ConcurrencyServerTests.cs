using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>A server has room for 128 streams and requests, whoever they are of. Each client keeps to its share.</summary>
public sealed class ConcurrencyServerTests : ServerTest
{
    [Theory]
    [InlineData("Max Concurrency=3", 3)]
    [InlineData("", 20)]
    public async Task No_more_requests_are_under_way_than_allowed(string setting, int allowed)
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy, setting);
        await using (var warm = await source.OpenConnectionAsync(Cancellation))
        {
            await warm.ExecuteScalarAsync<long>("SELECT 1");
        }

        var holds = Enumerable.Range(0, allowed).Select(_ => new Hold()).ToList();
        holds.ForEach(hold => proxy.Add(new Fault.HoldRequest(hold), "'many'"));
        var reads = Enumerable.Range(0, 4 * allowed).Select(_ => ReadAsync(source)).ToList();
        await Task.WhenAll(holds.Select(hold => hold.ReachedAsync()));
        holds.ForEach(hold => hold.Release());
        await Task.WhenAll(reads);

        proxy.Crowd.Should().Be(allowed);
    }

    [Fact]
    public async Task Who_waits_for_room_can_give_up()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy, "Max Concurrency=1");
        var hold = new Hold();
        proxy.Add(new Fault.HoldRequest(hold), "'many'");
        var first = ReadAsync(source);
        await hold.ReachedAsync();
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        using var cancel = new CancellationTokenSource();
        var second = connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT 'waiting'", cancellationToken: cancel.Token));

        await cancel.CancelAsync();

        await second.Awaiting(one => one).Should().ThrowAsync<OperationCanceledException>();
        hold.Release();
        (await first).Should().Be("many");
        proxy.Requests.Should().NotContain(request => request.Body.Contains("'waiting'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hundreds_of_callers_are_all_answered()
    {
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");

        var counts = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => ReadCountAsync()));

        counts.Should().OnlyContain(count => count == 0);
    }

    [Fact]
    public async Task Streams_that_were_given_up_do_not_fill_the_server()
    {
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY)");

        for (var i = 0; i < 200; i++)
        {
            await using var connection = await OpenAsync();
            await using var transaction = connection.BeginTransaction(deferred: true);
            await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item", transaction: transaction);
        }

        (await ReadCountAsync()).Should().Be(0);
    }

    private static async Task<string?> ReadAsync(LibSqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        return await connection.ExecuteScalarAsync<string>("SELECT 'many'");
    }

    private async Task<long> ReadCountAsync()
    {
        await using var connection = await OpenAsync();
        return await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item");
    }
}
