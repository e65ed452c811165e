using System.Net;
using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Support;

public sealed class FaultProxyTests : IAsyncLifetime
{
    private const string Insert = "INSERT INTO item (id) VALUES (1)";

    private ServerDatabase _database = null!;
    private RawHrana _direct = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SharedServer.DatabaseAsync(transactionSeconds: 3_600); // so that the server itself takes no lock away
        _direct = new RawHrana(_database.Url, _database.Host);
        await _direct.ScalarAsync("CREATE TABLE item (id INTEGER)");
    }

    public async ValueTask DisposeAsync()
    {
        _direct.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_no_rule_hits_passes_as_it_is()
    {
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        using var client = new RawHrana(proxy.Url);
        proxy.Add(new Fault.CutAnswer(), "nobody sends this");

        await client.ScalarAsync(Insert);
        var large = await client.ScalarAsync("SELECT hex(zeroblob(500000))");

        large.Should().HaveLength(1_000_000);
        proxy.Requests.Should().HaveCount(2).And.OnlyContain(request => request.Target == "POST /v3/pipeline");
        (await CountAsync()).Should().Be("1");
    }

    [Fact]
    public async Task A_request_that_is_cut_off_never_reaches_the_server()
    {
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        using var client = new RawHrana(proxy.Url);
        proxy.Add(new Fault.CutBeforeForwarding(), Insert);

        await client.Awaiting(cut => cut.ScalarAsync(Insert)).Should().ThrowAsync<HttpRequestException>();

        (await CountAsync()).Should().Be("0");
    }

    [Fact]
    public async Task A_request_whose_answer_is_cut_off_has_been_executed()
    {
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        using var client = new RawHrana(proxy.Url);
        proxy.Add(new Fault.CutAnswer(), Insert);

        await client.Awaiting(cut => cut.ScalarAsync(Insert)).Should().ThrowAsync<HttpRequestException>();

        (await CountAsync()).Should().Be("1");
    }

    [Fact]
    public async Task Half_an_answer_is_no_answer()
    {
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        using var client = new RawHrana(proxy.Url);
        proxy.Add(new Fault.HalfAnswer(), Insert);

        await client.Awaiting(cut => cut.ScalarAsync(Insert)).Should().ThrowAsync<HttpRequestException>();

        (await CountAsync()).Should().Be("1");
    }

    [Theory]
    [InlineData(false, "0")]
    [InlineData(true, "1")]
    public async Task Somebody_in_between_answers(bool afterForwarding, string executed)
    {
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        using var client = new RawHrana(proxy.Url);
        proxy.Add(new Fault.Answer("502 Bad Gateway", "<html>") { AfterForwarding = afterForwarding }, Insert);

        var answer = await client.PostAsync("/v3/pipeline", RawHrana.Pipeline(RawHrana.Execute(Insert)).ToJsonString());

        answer.Should().Be((HttpStatusCode.BadGateway, "<html>"));
        (await CountAsync()).Should().Be(executed);
    }

    [Fact]
    public async Task The_second_and_third_of_four_are_hit()
    {
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        using var client = new RawHrana(proxy.Url);
        var rule = proxy.Add(new Fault.Answer("429 Too Many Requests", "{}"), Insert, skip: 1, times: 2);

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            var pipeline = RawHrana.Pipeline(RawHrana.Execute(Insert), RawHrana.Close).ToJsonString();
            statuses.Add((await client.PostAsync("/v3/pipeline", pipeline)).Status);
        }

        statuses.Select(status => (int)status).Should().Equal(200, 429, 429, 200);
        rule.Hits.Should().Be(2);
    }

    [Fact]
    public async Task An_answer_waits_until_it_is_released()
    {
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        using var client = new RawHrana(proxy.Url);
        var hold = new Hold();
        proxy.Add(new Fault.HoldAnswer(hold), Insert);

        var insert = client.ScalarAsync(Insert);
        await hold.ReachedAsync();

        insert.IsCompleted.Should().BeFalse();
        (await CountAsync()).Should().Be("1");
        hold.Release();
        await insert;
    }

    [Fact]
    public async Task A_request_reaches_the_server_after_its_client_has_given_it_up()
    {
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        using var client = new RawHrana(proxy.Url);
        var hold = new Hold();
        var late = new Fault.ForwardLater(hold);
        proxy.Add(late, Insert);

        await client.Awaiting(cut => cut.ScalarAsync(Insert)).Should().ThrowAsync<HttpRequestException>();
        (await CountAsync()).Should().Be("0");
        hold.Release();
        await late.Forwarded;

        (await CountAsync()).Should().Be("1");
    }

    [Fact]
    public async Task What_the_client_gives_up_is_given_up_at_the_server()
    {
        const string Endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) INSERT INTO item SELECT count(*) FROM c";
        await using var proxy = new FaultProxy(_database.Url, _database.Host);
        var rule = proxy.Add(new Fault.HoldRequest(Released()), "RECURSIVE");
        var client = new RawHrana(proxy.Url);
        var endless = client.ScalarAsync(Endless);
        await rule.ReachedAsync();

        client.Dispose();

        await endless.Awaiting(given => given).Should().ThrowAsync<OperationCanceledException>();
        await _direct.ScalarAsync(Insert); // needs the lock, which the server would not take away from the endless statement
    }

    private static Hold Released()
    {
        var hold = new Hold();
        hold.Release();
        return hold;
    }

    private Task<string?> CountAsync() => _direct.ScalarAsync("SELECT count(*) FROM item");
}
