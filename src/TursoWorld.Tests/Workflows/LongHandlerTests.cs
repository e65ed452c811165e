using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A handler that takes many times as long as its lease, and another process that would like to have its message.</summary>
public sealed class LongHandlerTests() : WorkflowTests(Backend.SqliteFile)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_handler_keeps_its_message_for_many_leases()
    {
        var (hold, handled) = (new Hold(), 0);
        var world = Worlds.Create(options => options.Lease = Lease);
        world.CreateQueueHandler("report", async (_, cancellationToken) =>
        {
            Interlocked.Increment(ref handled);
            await hold.PassAsync().WaitAsync(cancellationToken);
            return QueueResult.Done;
        });
        var transitions = Watch(world);
        await world.StartAsync(Limit);
        var apart = Worlds.CreateApart(options => options.Lease = Lease);
        apart.CreateQueueHandler("report", (_, _) =>
        {
            Interlocked.Increment(ref handled);
            return Task.FromResult(QueueResult.Done);
        });
        await apart.StartAsync(Limit);
        var id = await world.QueueAsync("report", default, null, Limit);
        await hold.ReachedAsync();

        for (var passed = TimeSpan.Zero; passed < 6 * Lease; passed += Lease / 3)
        {
            Clock.Advance(Lease / 3);
            await world.Parts.Keeper.TurnAsync(Limit); // its own loop may be late for a clock that moves so fast
        }

        var queue = (await apart.Queues.ListAsync(Limit)).Should().ContainSingle().Subject;
        (queue.InFlight, handled).Should().Be((1, 1));
        transitions.Count(TransitionKind.LeaseLost, id).Should().Be(0);
        hold.Release();
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);
        (await apart.Queues.ListAsync(Limit)).Should().BeEmpty();
    }
}
