using System.Globalization;
using System.Net;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>The service that messages are POSTed to, in a process of its own that dies.</summary>
public sealed class ServiceCrashTests() : WorkflowTests(Backend.SqliteFile)
{
    private const string Flow = "__wkf_workflow_order";

    [Fact]
    public async Task A_message_whose_service_dies_in_the_middle_of_the_request_is_delivered_again_and_nothing_is_counted()
    {
        var port = Service.FreePort();
        var world = await Worlds.StartAsync(options =>
        {
            options.BaseUrl = $"http://127.0.0.1:{port}/";
            options.MaxRetries = 1;
        });
        var transitions = Watch(world);
        string id;
        await using (var child = ChildProcess.Start("serve", port.ToString(CultureInfo.InvariantCulture)))
        {
            await child.ReachedAsync("listening");
            await child.ContinueAsync();
            id = await world.QueueAsync(Flow, "{}"u8.ToArray(), null, Limit);
            await child.ReachedAsync("in request");
            await child.KillAsync();
        }

        await transitions.NextAsync(TransitionKind.MessagePostponed, id);
        await using var service = Service.Start((_, _) => (200, "{}"), port);
        Clock.Advance(TimeSpan.FromSeconds(72));
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);

        var headers = service.Requests.Should().ContainSingle().Subject.Headers;
        (headers["x-vqs-message-id"], headers["x-vqs-message-attempt"]).Should().Be((id, "1"));
        transitions.Count(TransitionKind.MessageFailed, id).Should().Be(0);
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    /// <summary>Listens, and stands still in the first request.</summary>
    /// <param name="args">The port.</param>
    internal static async Task<int> ServeAsync(string[] args)
    {
        using var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{args[0]}/");
        listener.Start();
        CrashPoint.Reach("listening");
        await listener.GetContextAsync();
        CrashPoint.Reach("in request");
        return 0;
    }
}
