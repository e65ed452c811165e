using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Messages reach their handlers at once, and may stay there for as long as it takes.</summary>
public abstract class DeliveryConformance(Backend backend) : WorkflowTests(backend)
{
    private const int Slots = 8;

    [Fact]
    public async Task As_many_messages_are_handled_at_once_as_there_are_slots()
    {
        var (count, full, go) = (0, new TaskCompletionSource(), new TaskCompletionSource());
        var world = await Worlds.StartAsync(options => options.Concurrency = Slots);
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", async (_, _) =>
        {
            if (Interlocked.Increment(ref count) == Slots)
            {
                full.SetResult();
            }

            await go.Task;
            return QueueResult.Done;
        });

        var ids = await world.QueueBatchAsync([.. Enumerable.Range(0, 20).Select(_ => new OutgoingMessage("mail", Array.Empty<byte>()))], Limit);
        await full.Task.WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System, Limit); // the clock stands still: nothing waits for a tick

        Volatile.Read(ref count).Should().Be(Slots);
        go.SetResult();
        foreach (var id in ids)
        {
            await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        }

        count.Should().Be(20);
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty("what is finished is not kept");
    }

    [Fact]
    public async Task A_service_that_takes_hours_is_sent_the_message_once()
    {
        var (begun, go) = (new TaskCompletionSource(), new ManualResetEventSlim());
        await using var service = Service.Start((_, _) =>
        {
            begun.TrySetResult();
            go.Wait(TimeSpan.FromSeconds(30));
            return (200, """{"ok":true}""");
        });
        var world = await Worlds.StartAsync(options => (options.BaseUrl, options.Lease) = (service.Url, TimeSpan.FromDays(1))); // renewed in time
        var transitions = Watch(world);
        var id = await world.QueueAsync("__wkf_workflow_order", Encoding.UTF8.GetBytes("{}"), null, Limit);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System, Limit);

        for (var hour = 0; hour < 12; hour++)
        {
            Clock.Advance(TimeSpan.FromHours(1));
        }

        go.Set();
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        service.Requests.Should().ContainSingle();
        transitions.Count(TransitionKind.MessageFailed, id).Should().Be(0);
    }
}

public sealed class SqliteFileDeliveryTests() : DeliveryConformance(Backend.SqliteFile);

public sealed class SqliteMemoryDeliveryTests() : DeliveryConformance(Backend.SqliteMemory);
