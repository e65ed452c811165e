using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Messages of a runtime on top, delivered to a service over HTTP.</summary>
public abstract class ServiceConformance(Backend backend) : WorkflowTests(backend)
{
    private const string Flow = "__wkf_workflow_order";
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(72);
    private static readonly byte[] Json = Encoding.UTF8.GetBytes("""{"runId":"wrun_1"}""");

    [Fact]
    public async Task A_message_is_posted_to_the_endpoint_of_its_kind()
    {
        await using var service = Service.Start((_, _) => (200, """{"ok":true}"""));
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);
        var headers = new Dictionary<string, string> { ["x-trace"] = "t1", ["x-vqs-message-id"] = "forged" };

        var flow = await world.QueueAsync(Flow, Json, new() { Headers = headers }, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, flow);
        var step = await world.QueueAsync("__shop1_wkf_step_pay", new byte[] { 0, 255 }, null, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, step);

        var (first, second) = (service.Requests[0], service.Requests[1]);
        first.Path.Should().Be("/.well-known/workflow/v1/flow");
        first.Body.Should().Equal(Json);
        first.Headers.Should().Contain(new Dictionary<string, string>
        {
            ["content-type"] = "application/json",
            ["x-vqs-queue-name"] = Flow,
            ["x-vqs-message-id"] = flow,
            ["x-vqs-message-attempt"] = "1",
            ["x-trace"] = "t1",
        });
        second.Path.Should().Be("/.well-known/workflow/v1/step");
        Encoding.UTF8.GetString(second.Body).Should().Be("""{"__type":"Uint8Array","data":"AP8="}""");
    }

    [Fact]
    public async Task The_service_may_ask_for_it_again_or_fail()
    {
        await using var service = Service.Start((attempt, _) => attempt switch
        {
            1 => (200, """{"timeoutSeconds":0}"""),
            2 => (503, """{"timeoutSeconds":2}"""),
            3 => (500, "no"),
            _ => (204, ""),
        });
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);

        var id = await world.QueueAsync(Flow, Json, null, Limit);
        await transitions.NextAsync(TransitionKind.MessagePostponed, id);
        await transitions.NextAsync(TransitionKind.MessagePostponed, id);
        Clock.Advance(TimeSpan.FromSeconds(2));
        await transitions.NextAsync(TransitionKind.MessageFailed, id);
        Clock.Advance(TimeSpan.FromSeconds(1.2));
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);

        service.Requests.Select(request => (request.Headers["x-vqs-message-id"], request.Headers["x-vqs-message-attempt"]))
            .Should().Equal((id, "1"), (id, "2"), (id, "3"), (id, "4"));
    }

    [Fact]
    public async Task A_service_that_is_down_costs_no_attempt_and_loses_nothing()
    {
        var port = Service.FreePort();
        var world = await StartAsync($"http://127.0.0.1:{port}/");
        var transitions = Watch(world);
        var id = await world.QueueAsync(Flow, Json, null, Limit);
        for (var i = 0; i < 5; i++)
        {
            await transitions.NextAsync(TransitionKind.MessagePostponed, id);
            if (i < 4)
            {
                Clock.Advance(TimeSpan.FromSeconds(72));
            }
        }

        await using var service = Service.Start((_, _) => (200, "{}"), port);
        Clock.Advance(TimeSpan.FromSeconds(72));
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);

        service.Requests.Should().ContainSingle().Which.Headers["x-vqs-message-attempt"].Should().Be("1");
    }

    [Fact]
    public async Task A_redirect_is_a_failure_and_nobody_follows_it()
    {
        await using var service = Service.Start((attempt, _) => attempt switch
        {
            1 => (302, ""),
            2 => (307, ""),
            _ => (200, "{}"),
        });
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);

        var id = await world.QueueAsync(Flow, Json, null, Limit);
        await transitions.NextAsync(TransitionKind.MessageFailed, id);
        Clock.Advance(LongestPause);
        await transitions.NextAsync(TransitionKind.MessageFailed, id);
        Clock.Advance(LongestPause);
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);

        service.Requests.Select(request => request.Path).Should().Equal(Enumerable.Repeat("/.well-known/workflow/v1/flow", 3));
        service.Requests.Should().OnlyContain(request => !request.Headers.ContainsKey("cookie"));
    }

    [Fact]
    public async Task Names_and_headers_arrive_in_any_script()
    {
        const string Queue = "__wkf_workflow_workflow//./größe//f";
        await using var service = Service.Start((_, _) => (200, "{}"));
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);
        var headers = new Dictionary<string, string> { ["x-user"] = "José", ["x-city"] = "東京 🗼" };

        var id = await world.QueueAsync(Queue, Json, new() { Headers = headers }, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);

        service.Requests.Should().ContainSingle().Which.Headers.Should()
            .Contain(new Dictionary<string, string>(headers) { ["x-vqs-queue-name"] = Queue });
    }

    [Fact]
    public async Task Headers_of_a_message_tell_of_its_content_and_do_not_break_its_request()
    {
        await using var service = Service.Start((_, _) => (200, "{}"));
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);
        var kept = new Dictionary<string, string>
        {
            ["content-language"] = "de",
            ["content-encoding"] = "identity",
            ["expires"] = "never",
            ["etag"] = "1",
            ["cookie"] = "a=1",
        };
        var left = new Dictionary<string, string>
        {
            ["content-type"] = "text/plain",
            ["Content-Length"] = "3",
            ["Host"] = "elsewhere",
            ["X-VQS-Message-Attempt"] = "9",
            ["accept-encoding"] = "gzip",
            ["connection"] = "close",
            ["expect"] = "100-continue",
            ["transfer-encoding"] = "chunked",
            ["upgrade"] = "websocket",
        };

        var id = await world.QueueAsync(Flow, Json, new() { Headers = kept.Concat(left).ToDictionary() }, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);

        var request = service.Requests.Should().ContainSingle().Subject;
        request.Body.Should().Equal(Json);
        request.Headers.Should().Contain(kept).And.Contain(new Dictionary<string, string>
        {
            ["content-type"] = "application/json",
            ["content-length"] = Json.Length.ToString(CultureInfo.InvariantCulture),
            ["host"] = new Uri(service.Url).Authority,
            ["x-vqs-message-attempt"] = "1",
        });
        request.Headers.Keys.Should().NotContain(["accept-encoding", "connection", "expect", "transfer-encoding", "upgrade"]);
    }

    [Fact]
    public async Task What_cannot_be_put_into_a_request_has_failed()
    {
        await using var service = Service.Start((_, _) => (200, "{}"));
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);
        var id = await world.QueueAsync(Flow, Json, new() { Delay = TimeSpan.FromMinutes(1) }, Limit);
        await SetHeadersAsync("""'{"no name":"x"}'"""); // sending refuses it

        Clock.Advance(TimeSpan.FromMinutes(1));
        await transitions.NextAsync(TransitionKind.MessageFailed, id);
        await SetHeadersAsync("NULL");
        Clock.Advance(LongestPause);
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);

        service.Requests.Should().ContainSingle().Which.Headers["x-vqs-message-attempt"].Should().Be("2");

        async Task SetHeadersAsync(string value)
        {
            var unit = new Unit(new SqlStatement($"UPDATE queue_messages SET headers = {value}"));
            (await world.Shared.Database.WriteAsync(unit, Limit)).ThrowUnlessCommitted();
        }
    }

    [Fact]
    public async Task Json_is_sent_as_it_is_however_deep_and_what_only_looks_like_it_is_not()
    {
        var deep = Encoding.UTF8.GetBytes(new string('[', 10_000) + new string(']', 10_000));
        byte[] almost = [(byte)'"', 0xff, (byte)'"'];
        await using var service = Service.Start((_, _) => (200, "{}"));
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);

        await transitions.NextAsync(TransitionKind.MessageCompleted, await world.QueueAsync(Flow, deep, null, Limit));
        await transitions.NextAsync(TransitionKind.MessageCompleted, await world.QueueAsync(Flow, almost, null, Limit));

        service.Requests[0].Body.Should().Equal(deep);
        Encoding.UTF8.GetString(service.Requests[1].Body).Should().Be("""{"__type":"Uint8Array","data":"Iv8i"}""");
    }

    [Fact]
    public async Task A_message_stays_whenever_the_answer_may_ask_for_it()
    {
        string[] again =
        [
            "\uFEFF{\"timeoutSeconds\":0}",
            """{"timeoutSeconds":0.0004}""",
            $$"""{"path":{{new string('[', 100)}}{{new string(']', 100)}},"timeoutSeconds":0}""",
        ];
        string[] unclear =
        [
            """{"timeoutSeconds":-1}""",
            """{"timeoutSeconds":"30"}""",
            """{"timeoutSeconds":{}}""",
            """{"timeoutSeconds":3""",
            $$"""{"timeoutSeconds":30,"why":"{{new string('a', 64 * 1024)}}"}""",
            new string('a', (64 * 1024) + 1),
        ];
        string[] answers = [.. again, .. unclear, """{"timeoutSeconds":1e400}"""];
        await using var service = Service.Start((attempt, _) => (200, answers[attempt - 1]));
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);

        var id = await world.QueueAsync(Flow, Json, null, Limit);
        foreach (var _ in again)
        {
            await transitions.NextAsync(TransitionKind.MessagePostponed, id);
            Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        foreach (var _ in unclear)
        {
            await transitions.NextAsync(TransitionKind.MessageFailed, id);
            Clock.Advance(LongestPause);
        }

        await transitions.NextAsync(TransitionKind.MessagePostponed, id);

        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.Delayed.Should().Be(1);
        service.Requests.Select(request => request.Headers["x-vqs-message-attempt"])
            .Should().Equal(Enumerable.Range(1, answers.Length).Select(attempt => attempt.ToString(CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_2xx_in_other_words_is_an_answer()
    {
        string[] answers = ["", "OK", "<html>", "[1]", """{"ok":false}""", """{"timeoutSeconds":null}""", new string('a', 64 * 1024)];
        await using var service = Service.Start((attempt, _) => (202, answers[attempt - 1]));
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);

        foreach (var _ in answers)
        {
            await transitions.NextAsync(TransitionKind.MessageCompleted, await world.QueueAsync(Flow, Json, null, Limit));
        }

        service.Requests.Should().HaveCount(answers.Length);
    }

    [Fact]
    public async Task An_answer_that_is_cut_costs_no_attempt_and_one_that_is_not_http_does()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var world = await StartAsync($"http://{listener.LocalEndpoint}/");
        var transitions = Watch(world);
        var id = await world.QueueAsync(Flow, Json, null, Limit);
        (string Answer, TransitionKind Kind)[] deliveries =
        [
            ("nonsense, and more of it\r\n\r\n", TransitionKind.MessageFailed),
            ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"timeout", TransitionKind.MessagePostponed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{\"timeout", TransitionKind.MessagePostponed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", TransitionKind.MessageFailed),
            ("HTTP/1.1 200 OK\r\n\r\n{\"timeout", TransitionKind.MessageFailed), // ends with the connection: a cut does not show
            ("HTTP/1.1 204 No Content\r\n\r\n", TransitionKind.MessageCompleted),
        ];

        var attempts = new List<string>();
        foreach (var (answer, kind) in deliveries)
        {
            attempts.Add(await AnswerAsync(listener, answer));
            await transitions.NextAsync(kind, id);
            Clock.Advance(LongestPause);
        }

        attempts.Should().Equal("1", "2", "2", "2", "3", "4");
    }

    [Fact]
    public async Task A_handler_of_this_process_wins_and_other_queues_are_left_alone()
    {
        await using var service = Service.Start((_, _) => (200, "{}"));
        var world = await StartAsync(service.Url);
        var transitions = Watch(world);
        world.CreateQueueHandler("__wkf_step_", (_, _) => Task.FromResult(QueueResult.Done));

        await world.QueueAsync("mail", Json, null, Limit);
        await world.QueueAsync("__other", Json, null, Limit);
        var ours = await world.QueueAsync("__wkf_step_pay", Json, null, Limit);
        var theirs = await world.QueueAsync(Flow, Json, null, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, ours);
        await transitions.NextAsync(TransitionKind.MessageCompleted, theirs);

        service.Requests.Select(request => request.Headers["x-vqs-message-id"]).Should().Equal(theirs);
        (await world.Queues.ListAsync(Limit)).Select(queue => queue.QueueName).Should().Equal("__other", "mail");
    }

    /// <summary>Answers one request with exactly that, and hangs up.</summary>
    /// <returns>Which attempt it was.</returns>
    private static async Task<string> AnswerAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync(Limit);
        var (buffer, length) = (new byte[16 * 1024], 0);
        while (!buffer.AsSpan(0, length).EndsWith(Json))
        {
            var read = await client.GetStream().ReadAsync(buffer.AsMemory(length), Limit);
            read.Should().BePositive();
            length += read;
        }

        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer), Limit);
        return Encoding.ASCII.GetString(buffer, 0, length).Split("\r\n")
            .Single(line => line.StartsWith("x-vqs-message-attempt: ", StringComparison.Ordinal)).Split(' ')[1];
    }

    private Task<World> StartAsync(string url) => Worlds.StartAsync(options => options.BaseUrl = url);
}
