using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Payloads go through codecs on every way into the database and out of it.</summary>
public abstract class CodecConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly Action<WorldOptions> Encrypted = options =>
        options.Codecs = [new CompressionCodec(minimumBytes: 1), PayloadCodecsTests.Aes("k1")];

    [Fact]
    public async Task A_message_that_cannot_be_encoded_takes_no_slot()
    {
        var codec = new Forgetful { Refused = "refused" };
        var world = await Worlds.StartAsync(options =>
        {
            options.Concurrency = 1;
            options.Codecs = [codec];
        });
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", (_, _) => Task.FromResult(QueueResult.Done));
        var send = () => world.QueueAsync("mail", "refused"u8.ToArray(), cancellationToken: Limit);
        await send.Should().ThrowAsync<PayloadCodecException>();

        var sent = await world.QueueAsync("mail", "accepted"u8.ToArray(), cancellationToken: Limit);

        await transitions.NextAsync(TransitionKind.MessageCompleted, sent);
    }

    [Fact]
    public async Task Everything_comes_back_as_it_went()
    {
        var world = await FilledAsync(Encrypted);

        var read = await EveryPath.ReadAsync(world, Limit);

        EveryPath.Secrets.Should().AllSatisfy(secret => read.Should().Contain(secret));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_handler_and_a_live_reader_get_what_was_sent()
    {
        var world = await Worlds.StartAsync(Encrypted);
        var transitions = Watch(world);
        var got = new List<QueueMessage>();
        world.CreateQueueHandler("mail", (message, _) =>
        {
            lock (got)
            {
                got.Add(message);
                return Task.FromResult(QueueResult.Done);
            }
        });
        var chunks = world.Streams.ReadAsync(EveryPath.RunId, "out", 0, waitForRun: true, Limit).ToListAsync(Limit);

        var now = await world.QueueAsync("mail", "now"u8.ToArray(), cancellationToken: Limit);
        var later = await world.QueueAsync(
            "mail",
            "later"u8.ToArray(),
            new() { Delay = TimeSpan.FromSeconds(1), Headers = new Dictionary<string, string> { ["x"] = "y" } },
            Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, now);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await transitions.NextAsync(TransitionKind.MessageCompleted, later);
        await world.Streams.WriteManyAsync(EveryPath.RunId, "out", ["a"u8.ToArray(), default, "b"u8.ToArray()], Limit);
        await world.Streams.CloseAsync(EveryPath.RunId, "out", Limit);

        got.Select(message => Encoding.UTF8.GetString(message.Payload.Span)).Should().Equal("now", "later");
        got[1].Headers.Should().Contain("x", "y");
        (await chunks).Select(chunk => Encoding.UTF8.GetString(chunk.Span)).Should().Equal("a", "b");
    }

    [Fact]
    public async Task A_service_is_sent_what_was_queued()
    {
        await using var service = Service.Start((_, _) => (200, "{}"));
        var world = await Worlds.StartAsync(options =>
        {
            Encrypted(options);
            options.BaseUrl = service.Url;
        });
        var transitions = Watch(world);
        var headers = new Dictionary<string, string> { ["x-trace"] = "t1" };

        var sent = await world.QueueAsync(
            "__wkf_workflow_jobs", "{\"a\":1}"u8.ToArray(), new() { Delay = TimeSpan.FromSeconds(1), Headers = headers }, Limit);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await transitions.NextAsync(TransitionKind.MessageCompleted, sent);

        var request = service.Requests.Should().ContainSingle().Subject;
        Encoding.UTF8.GetString(request.Body).Should().Be("{\"a\":1}");
        request.Headers.Should().Contain("x-trace", "t1");
    }

    [Fact]
    public async Task A_message_that_cannot_be_decoded_fails_alone_and_is_kept()
    {
        var codec = new Forgetful();
        var world = await Worlds.StartAsync(options => (options.Codecs, options.MaxRetries) = ([codec], 1));
        var transitions = Watch(world);
        var lost = await world.QueueAsync("plain", "lost"u8.ToArray(), cancellationToken: Limit);
        await world.QueueAsync("plain", "found"u8.ToArray(), cancellationToken: Limit);

        codec.Refused = "lost";
        var received = await world.Queues.ReceiveAsync("plain", 10, TimeSpan.FromMinutes(1), default, Limit);
        await transitions.NextAsync(TransitionKind.MessageDead, lost);

        received.Should().ContainSingle().Which.Payload.ToArray().Should().Equal("found"u8.ToArray());
        var withData = () => world.Queues.ListDeadAsync("plain", cancellationToken: Limit);
        (await withData.Should().ThrowAsync<PayloadCodecException>()).Which.Code.Should().Be(ErrorCodes.CodecFailed);
        var dead = await world.Queues.ListDeadAsync("plain", new PageRequest { Data = ResolveData.None }, Limit);
        dead.Items.Should().ContainSingle().Which.MessageId.Should().Be(lost);

        codec.Refused = null;
        world.CreateQueueHandler("plain", (_, _) => Task.FromResult(QueueResult.Done));
        await world.Queues.RedriveAsync(lost, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, lost);
    }

    [Fact]
    public async Task A_receiver_that_gets_nothing_but_what_cannot_be_decoded_is_told_so()
    {
        var codec = new Forgetful();
        var world = Worlds.Create(options => options.Codecs = [codec]);
        await world.QueueAsync("plain", "lost"u8.ToArray(), cancellationToken: Limit);
        codec.Refused = "lost";

        var receive = () => world.Queues.ReceiveAsync("plain", 10, TimeSpan.FromMinutes(1), default, Limit);

        await receive.Should().ThrowAsync<PayloadCodecException>();
        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.Delayed.Should().Be(1);
    }

    [Fact]
    public async Task A_result_that_could_not_be_encoded_is_encoded_later_and_the_step_not_repeated()
    {
        var codec = new Forgetful();
        var executions = 0;
        var workflow = Workflow.Define<int, string>("later", (flow, _) => flow.StepAsync("step", _ =>
        {
            executions++;
            codec.Refused = "\"result\"";
            return Task.FromResult("result");
        }));
        var world = await Worlds.StartAsync(options => options.Codecs = [codec], workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.MessageFailed);

        codec.Refused = null;
        Clock.Advance(TimeSpan.FromMinutes(1));

        (await ResultAsync(world, run)).Should().Be("result");
        executions.Should().Be(1);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456")]
    public void A_codec_with_an_id_that_cannot_be_stored_is_refused(string id)
    {
        var create = () => Worlds.Create(options => options.Codecs = [new Forgetful(id)]);

        create.Should().Throw<InvalidOptionsException>().WithMessage("Codecs*An id has*");
    }

    [Fact]
    public void Two_codecs_of_one_id_are_refused()
    {
        var create = () => Worlds.Create(options => options.Codecs = [new CompressionCodec(), new CompressionCodec(1)]);

        create.Should().Throw<InvalidOptionsException>().WithMessage("*2 codecs with the id 'brotli'*");
    }

    /// <summary>A world in which everything is stored that is to be stored.</summary>
    private protected async Task<World> FilledAsync(Action<WorldOptions> configure)
    {
        var world = await Worlds.StartAsync(configure, EveryPath.Code, EveryPath.Failing);
        var transitions = Watch(world);
        await EveryPath.WriteAsync(world, Limit);
        await transitions.NextAsync(TransitionKind.RunParked, EveryPath.RunId);
        await world.ResumeHookAsync("paths", EveryPath.Secret("hook"), Limit);
        var result = await ResultAsync(world, world.GetRun<string>(EveryPath.RunId));
        result.Should().ContainAll(new[] { "output", "input", "step", "transaction", "hook" }.Select(EveryPath.Secret));
        return world;
    }

    /// <summary>Turns bytes round, and fails for a text of the test's choosing.</summary>
    private protected sealed class Forgetful(string id = "forgetful") : IPayloadCodec
    {
        public string? Refused { get; set; }

        public string Id => id;

        public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> payload)
        {
            var bytes = payload.ToArray();
            Check(bytes);
            Array.Reverse(bytes);
            return bytes;
        }

        public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> encoded)
        {
            var bytes = encoded.ToArray();
            Array.Reverse(bytes);
            Check(bytes);
            return bytes;
        }

        private void Check(byte[] bytes)
        {
            if (Refused is not null && Encoding.UTF8.GetString(bytes) == Refused)
            {
                throw new TimeoutException("The key server does not answer.");
            }
        }
    }
}
