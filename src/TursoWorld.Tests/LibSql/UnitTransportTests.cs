using System.Collections.Concurrent;
using System.Net;
using System.Text;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>What is sent again and what is not, answer by answer.</summary>
public sealed class UnitTransportTests
{
    private const string Answered = """
        {"baton":null,"base_url":null,"results":[{"type":"ok","response":{"type":"batch","result":{"step_results":[
        {"cols":[{"name":"a","decltype":null}],"rows":[[{"type":"integer","value":"1"}]],"affected_row_count":0,"last_insert_rowid":null}],
        "step_errors":[null],"replication_index":"12"}}},{"type":"ok","response":{"type":"close"}}]}
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_goes_to_the_pipeline_with_token_host_and_key()
    {
        var handler = new Scripted(Ok);
        await using var source = Source(handler, "Auth Token=t;Host=orders.example.com;Encryption Key=k;Data Source=http://localhost:1/base");

        (await ScalarAsync(source)).Should().Be(1L);

        var request = handler.Requests.Should().ContainSingle().Subject;
        request.RequestUri.Should().Be(new Uri("http://localhost:1/base/v3/pipeline"));
        request.Headers.Host.Should().Be("orders.example.com");
        request.Headers.Authorization!.ToString().Should().Be("Bearer t");
        request.Headers.GetValues("x-turso-encryption-key").Should().Equal("k");
    }

    [Fact]
    public async Task A_later_read_names_the_position_that_an_earlier_answer_told()
    {
        var handler = new Scripted(Ok, Ok, Ok);
        await using var source = Source(handler);

        await ScalarAsync(source);
        await ScalarAsync(source);
        await ScalarAsync(source, "INSERT INTO a VALUES (1) RETURNING b");

        handler.Bodies[0].Should().NotContain("replication_index");
        handler.Bodies[1].Should().Contain("\"replication_index\":\"12\"");
        handler.Bodies[2].Should().NotContain("replication_index");
    }

    [Fact]
    public async Task An_overloaded_server_is_asked_again_after_a_pause_also_for_a_write()
    {
        var clock = new ManualTimeProvider();
        var handler = new Scripted(Status(HttpStatusCode.TooManyRequests, "{\"error\":\"Too many concurrent requests\"}"), Ok);
        await using var source = Source(handler, clock: clock);

        var writing = ScalarAsync(source, "INSERT INTO a VALUES (1) RETURNING b");
        await handler.AnsweredAsync(1);
        await clock.SleeperAsync(dueWithin: TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));

        (await writing).Should().Be(1L);
        handler.Bodies.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_server_that_stays_overloaded_is_given_up()
    {
        var handler = new Scripted(request => Status(HttpStatusCode.TooManyRequests, "{\"error\":\"Too many concurrent requests\"}")(request));
        await using var source = Source(handler, forever: true);

        var refused = (await Failure(source, "INSERT INTO a VALUES (1)")).Which;

        refused.HttpStatus.Should().Be(HttpStatusCode.TooManyRequests);
        refused.IsTransient.Should().BeTrue();
        refused.IsOutcomeUnknown.Should().BeFalse();
        handler.Bodies.Should().HaveCount(5);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, 5)]
    [InlineData(HttpRequestError.NameResolutionError, 1)]
    [InlineData(HttpRequestError.SecureConnectionError, 1)]
    public async Task A_server_that_cannot_be_reached_has_done_nothing(HttpRequestError error, int attempts)
    {
        var handler = new Scripted(_ => throw new HttpRequestException(error, "unreachable"));
        await using var source = Source(handler, forever: true);

        var refused = (await Failure(source, "INSERT INTO a VALUES (1)")).Which;

        refused.IsTransient.Should().BeTrue();
        refused.IsOutcomeUnknown.Should().BeFalse();
        refused.Message.Should().Contain("localhost:1").And.Contain("Nothing was sent");
        handler.Bodies.Should().HaveCount(attempts);
    }

    [Theory]
    [InlineData("INSERT INTO a VALUES (1)", true)]
    [InlineData("WITH b AS (SELECT 1) DELETE FROM a", true)]
    [InlineData("PRAGMA user_version = 3", true)]
    [InlineData("SELECT 1", false)]
    [InlineData("SELECT 1; VALUES (2)", false)]
    [InlineData("SELECT 1; UPDATE a SET b = 2", true)]
    public async Task A_lost_answer_is_an_unknown_outcome_for_what_may_have_changed_something(string sql, bool isUnknown)
    {
        var handler = new Scripted(_ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended"));
        await using var source = Source(handler);

        var lost = (await Failure(source, sql)).Which;

        lost.IsOutcomeUnknown.Should().Be(isUnknown);
        lost.IsTransient.Should().Be(!isUnknown);
        handler.Bodies.Should().ContainSingle("what may have been done is not done again");
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, false)]
    [InlineData(HttpStatusCode.Forbidden, false)]
    [InlineData(HttpStatusCode.NotFound, false)]
    [InlineData(HttpStatusCode.MovedPermanently, false)]
    [InlineData(HttpStatusCode.NoContent, true)]
    [InlineData(HttpStatusCode.InternalServerError, true)]
    [InlineData(HttpStatusCode.BadGateway, true)]
    public async Task A_status_tells_whether_a_write_may_have_happened(HttpStatusCode status, bool isUnknown)
    {
        var handler = new Scripted(Status(status, "{\"error\":\"reason\"}"));
        await using var source = Source(handler);

        var failure = (await Failure(source, "INSERT INTO a VALUES (1)")).Which;

        failure.HttpStatus.Should().Be(status);
        failure.IsOutcomeUnknown.Should().Be(isUnknown);
        failure.IsTransient.Should().BeFalse();
        failure.Message.Should().Contain("reason");
    }

    [Fact]
    public async Task A_token_that_is_refused_is_asked_for_again_once()
    {
        var asked = 0;
        var handler = new Scripted(Status(HttpStatusCode.Unauthorized, "{\"error\":\"Unauthorized\"}"), Ok, Ok);
        await using var source = Source(handler, token: _ => new ValueTask<string?>($"t{++asked}"));

        await ScalarAsync(source);
        await ScalarAsync(source);

        handler.Requests.Select(request => request.Headers.Authorization!.Parameter).Should().Equal("t1", "t2", "t2");
    }

    [Fact]
    public async Task A_fixed_token_that_is_refused_stays_refused_and_is_not_shown()
    {
        var handler = new Scripted(Status(HttpStatusCode.Unauthorized, "{\"error\":\"bad token sesame\"}"));
        await using var source = Source(handler, "Auth Token=sesame;Data Source=http://localhost:1");

        var refused = (await Failure(source, "SELECT 1")).Which;

        refused.Message.Should().Contain("Auth Token").And.NotContain("sesame");
        refused.ServerMessage.Should().NotContain("sesame");
        handler.Bodies.Should().ContainSingle();
    }

    [Fact]
    public async Task The_command_timeout_ends_the_request()
    {
        var clock = new ManualTimeProvider();
        var handler = new Scripted(async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, token);
            return new HttpResponseMessage();
        });
        await using var source = Source(handler, "Command Timeout=7;Data Source=http://localhost:1", clock: clock);

        var reading = ScalarAsync(source);
        await handler.AnsweredAsync(1);
        clock.Advance(TimeSpan.FromSeconds(7));

        var exceeded = await reading.Awaiting(one => one).Should().ThrowAsync<LibSqlException>();
        exceeded.Which.Message.Should().Contain("7 s");
        exceeded.Which.IsTransient.Should().BeTrue();
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_told_so_and_nothing_else()
    {
        using var caller = new CancellationTokenSource();
        var handler = new Scripted(async (_, token) =>
        {
            await caller.CancelAsync();
            token.ThrowIfCancellationRequested();
            return new HttpResponseMessage();
        });
        await using var source = Source(handler);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var command = new LibSqlCommand("INSERT INTO a VALUES (1)", connection);

        var cancelled = await command.Awaiting(one => one.ExecuteNonQueryAsync(caller.Token)).Should().ThrowAsync<OperationCanceledException>();

        cancelled.Which.CancellationToken.Should().Be(caller.Token);
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_is_said()
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (now, most) = (0, 0);
        var handler = new Scripted(async (_, token) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await waiting.Task.WaitAsync(token);
            Interlocked.Decrement(ref now);
            return Body(HttpStatusCode.OK, Answered);
        })
        { IsEndless = true };
        await using var source = Source(handler, "Max Concurrency=2;Data Source=http://localhost:1");

        var reading = Enumerable.Range(0, 8).Select(_ => ScalarAsync(source)).ToList();
        await handler.AnsweredAsync(2);
        waiting.SetResult();

        (await Task.WhenAll(reading)).Should().OnlyContain(value => Equals(value, 1L));
        most.Should().Be(2);
    }

    private static Func<HttpRequestMessage, HttpResponseMessage> Ok => Status(HttpStatusCode.OK, Answered);

    private static Func<HttpRequestMessage, HttpResponseMessage> Status(HttpStatusCode status, string body) =>
        _ => Body(status, body);

    private static HttpResponseMessage Body(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    private static LibSqlDataSource Source(
        Scripted handler, string connectionString = "Data Source=http://localhost:1", TimeProvider? clock = null,
        Func<CancellationToken, ValueTask<string?>>? token = null, bool forever = false)
    {
        handler.IsEndless |= forever;
        return new LibSqlDataSource(connectionString, new LibSqlDataSourceOptions
        {
            HttpMessageHandler = handler,
            TimeProvider = clock ?? TimeProvider.System,
            AuthToken = token,
        });
    }

    private static async Task<object?> ScalarAsync(LibSqlDataSource source, string sql = "SELECT 1")
    {
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var command = new LibSqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static async Task<FluentAssertions.Specialized.ExceptionAssertions<LibSqlException>> Failure(
        LibSqlDataSource source, string sql) =>
        await source.Awaiting(one => ScalarAsync(one, sql)).Should().ThrowAsync<LibSqlException>();

    /// <summary>A server that answers what it is told to, one answer after the other.</summary>
    private sealed class Scripted(params Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>[] answers) : HttpMessageHandler
    {
        private readonly ConcurrentDictionary<int, TaskCompletionSource> _reached = new();

        private int _count;

        public Scripted(params Func<HttpRequestMessage, HttpResponseMessage>[] answers)
            : this([.. answers.Select<Func<HttpRequestMessage, HttpResponseMessage>, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>>(
                answer => (request, _) => Task.FromResult(answer(request)))])
        {
        }

        /// <summary>Whether the last answer is given over and over.</summary>
        public bool IsEndless { get; set; }

        public List<HttpRequestMessage> Requests { get; } = [];

        public List<string> Bodies { get; } = [];

        public Task AnsweredAsync(int count) => Reached(count).Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = await request.Content!.ReadAsStringAsync(cancellationToken);
            int number;
            lock (Requests)
            {
                Requests.Add(request);
                Bodies.Add(body);
                number = ++_count;
            }

            (IsEndless || number <= answers.Length).Should().BeTrue("nothing more was expected than {0} requests", answers.Length);
            Reached(number).TrySetResult();
            return await answers[Math.Min(number, answers.Length) - 1](request, cancellationToken);
        }

        private TaskCompletionSource Reached(int count) =>
            _reached.GetOrAdd(count, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
