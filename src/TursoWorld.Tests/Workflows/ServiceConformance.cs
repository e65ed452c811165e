using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Messages of a runtime on top, delivered to a service over HTTP.</summary>
public abstract class ServiceConformance(Backend backend) : WorkflowTests(backend)
{
    private const string Flow = "__wkf_workflow_order";
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

    private Task<World> StartAsync(string url) => Worlds.StartAsync(options => options.BaseUrl = url);
}
