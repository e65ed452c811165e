using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>
/// What goes wrong between client and server. Only a write whose answer was lost has an unknown outcome; it is never sent again by itself.
/// </summary>
public sealed class FaultServerTests : ServerTest
{
    private const string Insert = "INSERT INTO item VALUES ('sent')";
    private const string Read = "SELECT count(*) FROM item";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE item (name TEXT)");
    }

    [Fact]
    public async Task A_write_whose_answer_was_cut_off_has_an_unknown_outcome_and_is_not_repeated()
    {
        await using var proxy = Proxy();
        var rule = proxy.Add(new Fault.CutAnswer(), Insert);

        var lost = await FailAsync(proxy, Insert);

        lost.IsOutcomeUnknown.Should().BeTrue();
        lost.Message.Should().Contain("before repeating it");
        rule.Hits.Should().Be(1);
        Sent(proxy, Insert).Should().Be(1);
        (await ScalarAsync(Read)).Should().Be(1L);
    }

    [Fact]
    public async Task A_write_that_was_cut_off_on_its_way_has_an_unknown_outcome_for_its_client_cannot_tell()
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.CutBeforeForwarding(), Insert);

        var lost = await FailAsync(proxy, Insert);

        lost.IsOutcomeUnknown.Should().BeTrue();
        Sent(proxy, Insert).Should().Be(1);
        (await ScalarAsync(Read)).Should().Be(0L);
    }

    [Fact]
    public async Task Half_an_answer_to_a_write_is_an_unknown_outcome()
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.HalfAnswer(), Insert);

        var lost = await FailAsync(proxy, Insert);

        lost.IsOutcomeUnknown.Should().BeTrue();
        Sent(proxy, Insert).Should().Be(1);
        (await ScalarAsync(Read)).Should().Be(1L);
    }

    [Fact]
    public async Task An_answer_in_html_is_told_by_its_status_and_is_an_unknown_outcome_for_a_write()
    {
        await using var proxy = Proxy();
        var page = new Fault.Answer("502 Bad Gateway", "<html><body><h1>502 Bad Gateway</h1></body></html>")
        {
            ContentType = "text/html",
            AfterForwarding = true,
        };
        proxy.Add(page, Insert, times: 10);

        var lost = await FailAsync(proxy, Insert);

        lost.HttpStatus.Should().Be(System.Net.HttpStatusCode.BadGateway);
        lost.IsOutcomeUnknown.Should().BeTrue();
        lost.Message.Should().Contain("502").And.NotContain("<h1>");
        Sent(proxy, Insert).Should().Be(1);
        (await ScalarAsync(Read)).Should().Be(1L);
    }

    [Fact]
    public async Task A_page_in_html_with_status_200_is_no_answer()
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.Answer("200 OK", "<html>Sign in to the network</html>") { ContentType = "text/html" }, Insert, times: 10);

        var lost = await FailAsync(proxy, Insert);

        lost.IsOutcomeUnknown.Should().BeTrue();
        lost.Message.Should().NotContain("<html>");
    }

    [Theory]
    [InlineData("200 OK", "{\"baton\":null,\"results\":[")]
    [InlineData("200 OK", "{}")]
    [InlineData("200 OK", "[]")]
    [InlineData("200 OK", "null")]
    [InlineData("200 OK", "")]
    [InlineData("200 OK", "{\"baton\":null,\"base_url\":null,\"results\":[]}")]
    [InlineData("200 OK", "{\"baton\":null,\"results\":[{\"type\":\"ok\",\"response\":{\"type\":\"execute\",\"result\":{\"cols\":7}}}]}")]
    [InlineData("204 No Content", "")]
    [InlineData("500 Internal Server Error", "")]
    [InlineData("503 Service Unavailable", "down for maintenance")]
    public async Task An_answer_that_cannot_be_understood_is_an_error_of_the_provider_whatever_it_is(string status, string body)
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.Answer(status, body), Insert, times: 10);

        var lost = await FailAsync(proxy, Insert);

        lost.IsOutcomeUnknown.Should().BeTrue();
        lost.Message.Should().NotBeNullOrWhiteSpace();
    }

    [Fact]
    public async Task A_server_that_has_moved_is_not_followed_with_a_token_in_hand()
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.Answer("301 Moved Permanently", ""), Insert, times: 10);

        var refused = await FailAsync(proxy, Insert);

        refused.HttpStatus.Should().Be(System.Net.HttpStatusCode.MovedPermanently);
        refused.IsTransient.Should().BeFalse();
        (await ScalarAsync(Read)).Should().Be(0L);
    }

    [Fact]
    public async Task A_read_whose_answer_was_lost_has_a_known_outcome_and_may_be_tried_again()
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.CutAnswer(), Read, times: 10);

        var lost = await FailAsync(proxy, Read);

        lost.IsOutcomeUnknown.Should().BeFalse();
        lost.IsTransient.Should().BeTrue();
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_has_an_unknown_outcome()
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.CutAnswer(), "COMMIT");
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await connection.ExecuteAsync(Insert, transaction: transaction);

        var lost = await transaction.Awaiting(one => one.CommitAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();

        lost.Which.IsOutcomeUnknown.Should().BeTrue();
        lost.Which.IsTransient.Should().BeFalse("trying again could do it twice");
        (await ScalarAsync(Read)).Should().Be(1L);
    }

    [Fact]
    public async Task Steps_whose_answer_was_lost_have_an_unknown_outcome()
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.CutAnswer(), Insert);
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);

        var lost = await connection.Awaiting(one => one.ExecuteStepsAsync([new LibSqlStep(Insert)], Cancellation))
            .Should().ThrowAsync<LibSqlException>();

        lost.Which.IsOutcomeUnknown.Should().BeTrue();
        Sent(proxy, Insert).Should().Be(1);
        (await ScalarAsync(Read)).Should().Be(1L);
    }

    [Fact]
    public async Task Who_is_asked_to_come_back_later_does_so_on_the_given_clock()
    {
        var clock = new ManualTimeProvider();
        await using var proxy = Proxy();
        var rule = proxy.Add(new Fault.Answer("429 Too Many Requests", """{"error":"Too many concurrent requests"}""") { RetryAfter = 7 }, Insert);
        await using var source = SourceThrough(proxy, timeProvider: clock);
        await using var connection = await source.OpenConnectionAsync(Cancellation);

        var insert = connection.ExecuteAsync(Insert);
        await rule.ReachedAsync();
        await clock.SleeperAsync(dueWithin: TimeSpan.FromSeconds(15), notBefore: TimeSpan.FromSeconds(7));
        clock.Advance(TimeSpan.FromSeconds(15));
        await insert;

        Sent(proxy, Insert).Should().Be(2);
        (await ScalarAsync(Read)).Should().Be(1L);
    }

    [Fact]
    public async Task Who_is_always_refused_is_told_in_the_end_that_nothing_was_done()
    {
        await using var proxy = Proxy();
        proxy.Add(new Fault.Answer("429 Too Many Requests", """{"error":"Too many concurrent requests"}"""), Insert, times: 1_000);

        var refused = await FailAsync(proxy, Insert, "Command Timeout=2");

        refused.HttpStatus.Should().Be(System.Net.HttpStatusCode.TooManyRequests);
        refused.IsTransient.Should().BeTrue();
        refused.IsOutcomeUnknown.Should().BeFalse();
        (await ScalarAsync(Read)).Should().Be(0L);
    }

    private static int Sent(FaultProxy proxy, string text) =>
        proxy.Requests.Count(request => request.Body.Contains(text, StringComparison.Ordinal));

    private static async Task<LibSqlException> FailAsync(FaultProxy proxy, string sql, string more = "")
    {
        await using var source = SourceThrough(proxy, more);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var failure = await connection.Awaiting(one => one.ExecuteAsync(sql)).Should().ThrowAsync<LibSqlException>();
        return failure.Which;
    }
}
