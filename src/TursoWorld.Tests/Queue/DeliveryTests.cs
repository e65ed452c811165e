using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Queue;

/// <summary>Deliveries that end badly, seen through whole worlds on one file.</summary>
public sealed class DeliveryTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");
    private readonly ManualTimeProvider _clock = new();
    private readonly WorkflowDefinition<string, string> _simple = Workflow.Define<string, string>(
        "simple", (flow, input) => flow.StepAsync("only", _ => Task.FromResult(input)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_run_that_was_taken_up_48_times_in_vain_has_failed()
    {
        await using var world = CreateWorld(_clock);
        var run = await world.StartRunAsync(_simple, "in", null, Cancellation);
        await RunAsync(world, "UPDATE queue_messages SET failures = 48");
        world.Register(_simple);
        await world.StartAsync(Cancellation);

        var result = () => run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        var ended = (await result.Should().ThrowAsync<RunEndedException>()).Which;
        ended.Error!.Code.Should().Be(ErrorCodes.MaxDeliveriesExceeded);
        (await NumberAsync(world, "SELECT count(*) FROM queue_messages")).Should().Be(0);
    }

    [Fact]
    public async Task A_run_that_is_paused_is_given_up_when_it_is_resumed()
    {
        await using var world = CreateWorld(_clock);
        var run = await world.StartRunAsync(_simple, "in", null, Cancellation);
        await run.PauseAsync(Cancellation);
        await RunAsync(world, "UPDATE queue_messages SET failures = 48");
        await StartAndWaitAsync(world, _simple, TransitionKind.RunParked);

        var paused = (await run.GetAsync(Cancellation)).Status;
        await run.ResumeAsync(Cancellation);

        paused.Should().Be(RunStatus.Paused);
        var result = () => run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);
        var ended = (await result.Should().ThrowAsync<RunEndedException>()).Which;
        ended.Error!.Code.Should().Be(ErrorCodes.MaxDeliveriesExceeded);
    }

    [Fact]
    public async Task The_48th_delivery_may_still_go_well_and_a_turn_clears_the_failures()
    {
        await using var world = CreateWorld(_clock);
        var gated = new Gated();
        var run = await world.StartRunAsync(gated.Workflow, "in", null, Cancellation);
        await RunAsync(world, "UPDATE queue_messages SET failures = 47");
        world.Register(gated.Workflow);
        await world.StartAsync(Cancellation);

        await gated.Begun.Task.WaitAsync(Limit, Cancellation);
        var failures = await NumberAsync(world, "SELECT failures FROM queue_messages");
        gated.End.SetResult();

        failures.Should().Be(0);
        (await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation)).Should().Be("in");
    }

    [Fact]
    public async Task A_run_whose_code_has_changed_is_blocked_and_never_failed_and_goes_on_with_its_own_code()
    {
        var runId = await ParkAtHookAsync();
        await using (var world = CreateWorld(_clock))
        {
            await world.ResumeHookAsync("token", "answer", Cancellation);
            await StartAndWaitAsync(world, Hooked("renamed"), TransitionKind.RunBlocked);

            // A first failure waits for about a second.
            var dueAt = await NumberAsync(world, "SELECT due_at FROM queue_messages");
            (dueAt - _clock.GetUtcNow().ToUnixTimeMilliseconds()).Should().BeInRange(800, 1200);
            (await NumberAsync(world, "SELECT failures FROM queue_messages WHERE lease_ends_at = 0")).Should().Be(1);
            await world.StopAsync(Cancellation);
            await RunAsync(world, "UPDATE queue_messages SET failures = 100, due_at = 0");
        }

        await using (var world = CreateWorld(_clock))
        {
            await StartAndWaitAsync(world, Hooked("renamed"), TransitionKind.RunBlocked);
            var blocked = await world.Runs.GetAsync(runId, Cancellation);
            blocked.Status.Should().Be(RunStatus.Running);
            blocked.BlockedReason.Should().Contain("step");
            await world.StopAsync(Cancellation);
            (await NumberAsync(world, "SELECT failures FROM queue_messages")).Should().Be(101);
            await RunAsync(world, "UPDATE queue_messages SET due_at = 0");
        }

        await using var right = CreateWorld(_clock);
        await StartAndWaitAsync(right, Hooked("first"), TransitionKind.RunCompleted);

        (await right.GetRun<string>(runId).ResultAsync(Cancellation)).Should().Be("answer");
        (await right.Runs.GetAsync(runId, Cancellation)).BlockedReason.Should().BeNull();
    }

    [Fact]
    public async Task A_lost_lease_cancels_the_step_and_nothing_more_is_written()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = Workflow.Define<string, string>("waiting", (flow, _) => flow.StepAsync("wait", async step =>
        {
            await using var registration = step.CancellationToken.Register(() => cancelled.TrySetResult());
            begun.SetResult();
            await cancelled.Task;
            return "too late";
        }));
        await using var world = CreateWorld(TimeProvider.System, lease: TimeSpan.FromSeconds(1));
        var lost = Watch(world, TransitionKind.LeaseLost);
        world.Register(waiting);
        await world.StartAsync(Cancellation);
        await world.StartRunAsync(waiting, "in", null, Cancellation);
        await begun.Task.WaitAsync(Limit, Cancellation);

        await RunAsync(
            world,
            "UPDATE queue_messages SET lease_token = 'theirs', lease_owner = 'other', lease_ends_at = 99999999999999");

        await cancelled.Task.WaitAsync(Limit, Cancellation);
        await lost.WaitAsync(Limit, Cancellation);
        await world.StopAsync(Cancellation);
        (await NumberAsync(world, "SELECT max(position) FROM workflow_events")).Should().Be(3);
        (await NumberAsync(world, "SELECT lease_ends_at FROM queue_messages WHERE lease_token = 'theirs'"))
            .Should().Be(99999999999999);
    }

    private static WorkflowDefinition<string, string> Hooked(string stepName) => Workflow.Define<string, string>(
        "hooked",
        async (flow, _) =>
        {
            await flow.StepAsync(stepName, _ => Task.CompletedTask);
            return await flow.HookAsync<string>("token");
        });

    private async Task<string> ParkAtHookAsync()
    {
        await using var world = CreateWorld(_clock);
        var run = await world.StartRunAsync(Hooked("first"), "in", null, Cancellation);
        await StartAndWaitAsync(world, Hooked("first"), TransitionKind.RunParked);
        return run.RunId;
    }

    private static async Task StartAndWaitAsync(World world, WorkflowDefinition workflow, TransitionKind kind)
    {
        var happened = Watch(world, kind);
        world.Register(workflow);
        await world.StartAsync(Cancellation);
        await happened.WaitAsync(Limit, Cancellation);
    }

    private static Task Watch(World world, TransitionKind kind)
    {
        var happened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Shared.Diagnostics.Happened += transition => _ = transition.Kind == kind && happened.TrySetResult();
        return happened.Task;
    }

    private static async Task<IReadOnlyList<SqlRow>> RunAsync(World world, string sql)
    {
        var unit = new Unit(new SqlStatement(sql));
        return (await world.Shared.Database.WriteAsync(unit, Cancellation)).ThrowUnlessCommitted().Rows[0];
    }

    private static async Task<long> NumberAsync(World world, string sql) => (await RunAsync(world, sql))[0].Integer(0);

    private World CreateWorld(TimeProvider timeProvider, TimeSpan? lease = null) => WorldFactory.CreateWorld(new()
    {
        DatabaseUrl = "file:" + Path.Combine(_folder.FullName, "queue.db"),
        TimeProvider = timeProvider,
        Lease = lease ?? QueueBench.Lease,
    });

    private sealed class Gated
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public WorkflowDefinition<string, string> Workflow => TursoWorld.Workflow.Define<string, string>(
            "gated", (flow, input) => flow.StepAsync("only", async _ =>
            {
                Begun.SetResult();
                await End.Task;
                return input;
            }));
    }
}
