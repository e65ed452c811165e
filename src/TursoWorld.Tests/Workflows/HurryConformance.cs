using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A token that is given to <see cref="World.StopAsync"/> hurries: it neither fails the call nor leaves the world running.</summary>
public abstract class HurryConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly StepDefinition<string, string> Queued = Step.Define<string, string>(
        "queued", (_, step) => ForeverAsync(step.CancellationToken), new() { Mode = StepMode.Queued, Retry = RetryPolicy.None });

    private static readonly WorkflowDefinition<string, string> Slow = Workflow.Define<string, string>("slow", async (flow, _) =>
    {
        var queued = flow.StepAsync(Queued, "");
        await flow.StepAsync("inline", step => ForeverAsync(step.CancellationToken), new() { Retry = RetryPolicy.None });
        return await queued;
    });

    [Fact]
    public async Task A_token_that_has_fired_already_stops_the_world()
    {
        var world = await StartBusyAsync();

        await world.StopAsync(new CancellationToken(canceled: true));

        await ShouldHaveGivenAllBackAsync(world);
    }

    [Fact]
    public async Task A_token_that_fires_while_the_world_stops_ends_the_waiting()
    {
        var world = await StartBusyAsync();
        using var host = new CancellationTokenSource();
        var stopping = world.StopAsync(host.Token);
        stopping.IsCompleted.Should().BeFalse();

        await host.CancelAsync();

        await stopping.WaitAsync(TimeSpan.FromSeconds(20), Limit);
        await ShouldHaveGivenAllBackAsync(world);
    }

    [Fact]
    public async Task Who_comes_second_can_hurry_the_first()
    {
        var world = await StartBusyAsync();
        var first = world.StopAsync(CancellationToken.None);
        first.IsCompleted.Should().BeFalse();

        await world.StopAsync(new CancellationToken(canceled: true)).WaitAsync(TimeSpan.FromSeconds(20), Limit);

        await first;
        await ShouldHaveGivenAllBackAsync(world);
    }

    [Fact]
    public async Task A_reader_of_a_stream_does_not_keep_the_world_from_ending()
    {
        var waiting = Workflow.Define<string, string>("waiting", (flow, _) => flow.HookAsync<string>("token"));
        var world = await Worlds.StartAsync(waiting);
        var run = await world.StartRunAsync(waiting, "", null, Limit);
        var chunk = new TaskCompletionSource();
        var reading = ReadAsync();
        await world.Streams.WriteAsync(run.RunId, "stream", new byte[] { 1 }, Limit);
        await chunk.Task.WaitAsync(TimeSpan.FromSeconds(20), Limit);

        await world.StopAsync(new CancellationToken(canceled: true));
        await world.DisposeAsync();

        await reading.Awaiting(reader => reader.WaitAsync(TimeSpan.FromSeconds(20), Limit)).Should().ThrowAsync<ObjectDisposedException>();

        async Task ReadAsync()
        {
            await foreach (var _ in world.Streams.ReadAsync(run.RunId, "stream", cancellationToken: Limit))
            {
                chunk.TrySetResult();
            }
        }
    }

    private static async Task<string> ForeverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        return "";
    }

    /// <summary>A world that executes an inline step, a queued one and a handler, and would wait for them for an hour.</summary>
    private async Task<World> StartBusyAsync()
    {
        var world = Worlds.Create(options => options.ShutdownTimeout = TimeSpan.FromHours(1), Slow);
        world.Register(Queued);
        await world.StartAsync(Limit);
        var handled = new Hold();
        world.CreateQueueHandler("mail", async (_, cancellationToken) =>
        {
            handled.Touch();
            await ForeverAsync(cancellationToken);
            return QueueResult.Done;
        });
        await world.QueueAsync("mail", default, null, Limit);
        await handled.ReachedAsync();
        var begun = Watch(world);
        var run = await world.StartRunAsync(Slow, "", null, Limit);
        await begun.NextAsync(TransitionKind.StepStarted, run.RunId, "inline");
        await begun.NextAsync(TransitionKind.StepStarted, run.RunId, "queued");
        return world;
    }

    private static async Task ShouldHaveGivenAllBackAsync(World world)
    {
        await world.Awaiting(stopped => stopped.StartAsync(Limit)).Should().ThrowAsync<InvalidOperationException>();
        var message = (await world.Queues.ReceiveAsync("mail", 1, TimeSpan.FromSeconds(1), default, Limit)).Should().ContainSingle().Subject;
        (message.Attempt, message.Failures).Should().Be((1, 0));
        var run = (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().ContainSingle().Subject;
        run.Status.Should().Be(RunStatus.Running);
        foreach (var step in (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items)
        {
            var attempts = await world.Steps.ListAttemptsAsync(run.RunId, step.StepId, Limit);
            attempts.Should().NotContain(attempt => attempt.Status == StepAttemptStatus.Failed);
        }
    }
}

public sealed class SqliteFileHurryTests() : HurryConformance(Backend.SqliteFile);

public sealed class SqliteMemoryHurryTests() : HurryConformance(Backend.SqliteMemory);
