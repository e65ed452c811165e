using System.Text.Json;
using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;
using static TursoWorld.Tests.Contract.ForeignRun;

namespace TursoWorld.Tests.Contract;

public abstract class RunEventConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", (flow, token) => flow.HookAsync<string>(token));

    [Fact]
    public async Task A_run_is_created_started_and_completed()
    {
        var world = Worlds.Create();
        var runId = await world.CreatedAsync();

        var started = await world.AddAsync(runId, new WorkflowEventData.RunStarted());
        var completed = await world.AddAsync(runId, new WorkflowEventData.RunCompleted(Bytes("10")));

        started.Run!.Status.Should().Be(RunStatus.Running);
        started.Log!.Items.Select(e => e.EventId).Should().Equal(
            "evnt_00000000000000000000000001", "evnt_00000000000000000000000002");
        completed.Run!.Should().Match<WorkflowRun>(run =>
            run.Status == RunStatus.Completed && run.CompletedAt == Clock.GetUtcNow() && run.DeploymentId == "dpl_1");
        completed.Run!.Output!.Value.ToArray().Should().Equal(Bytes("10").ToArray());
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_starts_and_ends_with_its_events_when_the_clock_is_set_back()
    {
        foreach (var end in new WorkflowEventData[]
        {
            new WorkflowEventData.RunCompleted(null), new WorkflowEventData.RunFailed(null), new WorkflowEventData.RunCancelled(),
        })
        {
            var world = Worlds.Create();
            var runId = await world.CreatedAsync();
            var at = Clock.GetUtcNow();
            Clock.SetBack(TimeSpan.FromHours(1));

            var started = await world.AddAsync(runId, new WorkflowEventData.RunStarted());
            var ended = await world.AddAsync(runId, end);

            started.Event!.CreatedAt.Should().Be(at);
            started.Run!.StartedAt.Should().Be(at);
            ended.Event!.CreatedAt.Should().Be(at);
            ended.Run!.CompletedAt.Should().Be(at);
            await world.ShouldBeSoundAsync();
        }
    }

    [Fact]
    public async Task A_run_that_is_over_takes_no_transition_but_a_second_cancel()
    {
        var world = Worlds.Create();
        var done = await world.RunningAsync();
        await world.AddAsync(done, new WorkflowEventData.RunCompleted(null));
        var cancelled = await world.RunningAsync();
        await world.AddAsync(cancelled, new WorkflowEventData.RunCancelled("first"));

        (await CodeAsync(world, done, new WorkflowEventData.RunStarted())).Should().Be("410 RUN_EXPIRED");
        (await CodeAsync(world, done, new WorkflowEventData.RunCompleted(null))).Should().Be("409 EVENT_CONFLICT");
        (await CodeAsync(world, done, new WorkflowEventData.RunFailed(null))).Should().Be("409 EVENT_CONFLICT");
        (await CodeAsync(world, done, new WorkflowEventData.RunCancelled())).Should().Be("409 EVENT_CONFLICT");
        var again = await world.AddAsync(cancelled, new WorkflowEventData.RunCancelled("second"));
        again.Run!.Status.Should().Be(RunStatus.Cancelled);
        (await world.LogAsync(cancelled)).OfType<WorkflowEvent.RunCancelled>().Select(e => e.Reason)
            .Should().Equal("first", "second");
        (await world.LogAsync(done)).Should().HaveCount(3);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_runs_is_not_started_again()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();

        var again = await world.AddAsync(runId, new WorkflowEventData.RunStarted());

        again.Event.Should().BeNull();
        again.Run!.Status.Should().Be(RunStatus.Running);
        (await world.LogAsync(runId)).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_start_stores_a_run_whose_creation_never_arrived()
    {
        var world = Worlds.Create();
        var runId = world.Shared.Ids.NewRunId();
        var created = new WorkflowEventData.RunCreated("job", Bytes("input"))
        {
            ExecutionContext = JsonSerializer.SerializeToElement(new { trace = "1" }),
            Attributes = new Dictionary<string, string> { ["customer"] = "ada" },
        };

        var started = await world.AddAsync(runId, new WorkflowEventData.RunStarted { Created = created });

        started.Event.Should().BeOfType<WorkflowEvent.RunStarted>().Which.Position.Should().Be(2);
        started.Run!.Status.Should().Be(RunStatus.Running);
        started.Run.Attributes.Should().Equal(new Dictionary<string, string> { ["customer"] = "ada" });
        started.Run.ExecutionContext!.Value.GetProperty("trace").GetString().Should().Be("1");
        started.Log!.Items.Select(e => e.GetType().Name).Should().Equal("RunCreated", "RunStarted");
        (await CodeAsync(world, runId, created)).Should().Be("409 RUN_CONFLICT");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Exactly_one_of_many_concurrent_starts_stores_and_starts_the_run()
    {
        var world = Worlds.Create();
        var runId = world.Shared.Ids.NewRunId();
        var start = new WorkflowEventData.RunStarted { Created = new WorkflowEventData.RunCreated("job", null) };

        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => world.AddAsync(runId, start))));

        starts.Should().ContainSingle(result => result.Event != null);
        (await world.LogAsync(runId)).Should().HaveCount(2);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Exactly_one_of_many_concurrent_ends_wins()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        WorkflowEventData[] ends =
            [new WorkflowEventData.RunCompleted(null), new WorkflowEventData.RunFailed(null), new WorkflowEventData.RunCancelled()];

        var codes = await Task.WhenAll(
            Enumerable.Range(0, 30).Where(i => i % 3 < 2).Select(i => Task.Run(() => CodeAsync(world, runId, ends[i % 3]))));

        codes.Should().ContainSingle(code => code == "").And.OnlyContain(code => code == "" || code == "409 EVENT_CONFLICT");
        (await world.LogAsync(runId)).Should().HaveCount(3);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task The_end_of_a_run_frees_its_hooks_and_removes_its_waits()
    {
        var world = Worlds.Create();
        var first = await world.RunningAsync();
        await world.AddAsync(first, new WorkflowEventData.HookCreated("hook_1", "token"));
        await world.AddAsync(first, new WorkflowEventData.WaitCreated("wait_1", Clock.GetUtcNow()));

        await world.AddAsync(first, new WorkflowEventData.RunFailed(Bytes("devl[error]")) { ErrorCode = "RUNTIME_ERROR" });

        var second = await world.RunningAsync();
        (await world.AddAsync(second, new WorkflowEventData.HookCreated("hook_1", "token"))).Hook!.RunId.Should().Be(second);
        (await world.Waits.ListAsync(first, cancellationToken: Limit)).Items.Should().BeEmpty();
        var failed = await world.Runs.GetAsync(first, Limit);
        failed.Error!.Code.Should().Be("RUNTIME_ERROR");
        failed.ErrorPayload!.Value.ToArray().Should().Equal(Bytes("devl[error]").ToArray());
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_of_a_runtime_that_is_too_old_can_only_be_ended()
    {
        var world = Worlds.Create();
        var old = await world.CreatedAsync(specVersion: 1);

        (await CodeAsync(world, old, new WorkflowEventData.RunStarted())).Should().Be("422 RUN_NOT_SUPPORTED");
        (await CodeAsync(world, old, new WorkflowEventData.RunPaused())).Should().Be("422 RUN_NOT_SUPPORTED");
        (await CodeAsync(world, old, new WorkflowEventData.AttributesSet(new Dictionary<string, string?> { ["a"] = "b" })))
            .Should().Be("422 RUN_NOT_SUPPORTED");
        (await world.AddAsync(old, new WorkflowEventData.RunCancelled())).Run!.Status.Should().Be(RunStatus.Cancelled);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_is_started_with_all_that_it_takes_days_after_its_id_was_made()
    {
        var world = Worlds.Create();
        var (stored, lost) = (await world.CreatedAsync(), world.Shared.Ids.NewRunId());
        Clock.SetAhead(TimeSpan.FromDays(3));
        var start = new WorkflowEventData.RunStarted { Created = new("job", null) };

        (await world.AddAsync(stored, start)).Run!.Status.Should().Be(RunStatus.Running);
        (await world.AddAsync(lost, start)).Run!.Status.Should().Be(RunStatus.Running);
        (await CodeAsync(world, world.Shared.Ids.NewRunId(), start.Created)).Should().BeEmpty();
        (await CodeAsync(world, "wrun_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", start.Created)).Should().Be("400 INVALID_EVENT");
    }

    [Fact]
    public async Task A_run_of_a_foreign_runtime_has_a_retention_of_its_own()
    {
        var world = Worlds.Create();
        var runId = world.Shared.Ids.NewRunId();
        var created = new WorkflowEventData.RunCreated("job", null);
        (await CodeAsync(world, runId, created with { Retention = TimeSpan.Zero })).Should().Be("400 INVALID_EVENT");
        await world.AddAsync(runId, created with { Retention = TimeSpan.FromHours(1) });
        await world.AddAsync(runId, new WorkflowEventData.RunCancelled());
        (await world.MaintainAsync(Limit)).RunsPurged.Should().Be(0);

        Clock.Advance(TimeSpan.FromHours(2));

        (await world.MaintainAsync(Limit)).RunsPurged.Should().Be(1);
    }

    [Fact]
    public async Task A_run_of_a_version_that_is_too_new_is_not_stored()
    {
        var world = Worlds.Create();
        var runId = world.Shared.Ids.NewRunId();
        var tooNew = new WorkflowEventData.RunCreated("job", null) { SpecVersion = 6 };

        (await CodeAsync(world, null, tooNew)).Should().Be("422 RUN_NOT_SUPPORTED");
        (await CodeAsync(world, runId, tooNew)).Should().Be("422 RUN_NOT_SUPPORTED");
        (await CodeAsync(world, runId, new WorkflowEventData.RunStarted { Created = tooNew })).Should().Be("422 RUN_NOT_SUPPORTED");

        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task A_run_that_a_newer_version_has_stored_is_shown_and_left_alone()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        var raise = new SqlStatement("UPDATE workflow_runs SET spec_version = 6");
        (await world.Shared.Database.WriteAsync(new Unit(raise), Limit)).ThrowUnlessCommitted();

        (await CodeAsync(world, runId, new WorkflowEventData.RunCancelled())).Should().Be("422 RUN_NOT_SUPPORTED");
        (await world.CancelRunsAsync(cancellationToken: Limit)).Should().Be(0);
        var delete = () => world.Runs.DeleteAsync(runId, Limit);

        var refusal = (await delete.Should().ThrowAsync<RunNotSupportedException>()).Which;
        refusal.RunSpecVersion.Should().Be(6);
        refusal.Message.Should().Contain(runId).And.Contain("version 6").And.Contain("Update");
        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().ContainSingle().Which.SpecVersion.Should().Be(6);
        (await world.LogAsync(runId)).Should().HaveCount(2);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_this_library_drives_records_its_own_events()
    {
        var world = await Worlds.StartAsync(Waiting);
        var run = await StartedAsync(world);

        (await CodeAsync(world, run.RunId, new WorkflowEventData.RunCompleted(null))).Should().Be("409 RUN_OWNED");
        (await CodeAsync(world, run.RunId, new WorkflowEventData.StepCreated("step_9", "x", null))).Should().Be("409 RUN_OWNED");
        (await CodeAsync(world, run.RunId, new WorkflowEventData.HookDisposed("hook_1"))).Should().Be("409 RUN_OWNED");

        await world.AddAsync(
            run.RunId, new WorkflowEventData.AttributesSet(new Dictionary<string, string?> { ["customer"] = "ada" }));
        await world.AddAsync(run.RunId, new WorkflowEventData.HookReceived("hook_1", Bytes("\"payload\"")));
        (await ResultAsync(world, run)).Should().Be("payload");
        (await run.GetAsync(Limit)).Attributes.Should().ContainKey("customer");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_bad_event_changes_nothing()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        var foreign = world.Shared.Ids.NewRunId();
        (string? RunId, WorkflowEventData Data, string Code)[] bad =
        [
            (null, new WorkflowEventData.RunStarted(), "400 INVALID_EVENT"),
            ("run 1", new WorkflowEventData.RunStarted(), "400 INVALID_EVENT"),
            ("wrun_00000000000000000000000000", new WorkflowEventData.RunCreated("old", null), "400 INVALID_EVENT"),
            (foreign, new WorkflowEventData.RunStarted(), "404 RUN_NOT_FOUND"),
            (runId, new WorkflowEventData.StepCreated("", "name", null), "400 INVALID_EVENT"),
            (runId, new WorkflowEventData.StepCreated("step\ud800", "name", null), "400 INVALID_EVENT"),
            (runId, new WorkflowEventData.StepCreated(new string('s', 257), "name", null), "400 INVALID_EVENT"),
            (runId, new WorkflowEventData.StepStarted("step_9"), "404 STEP_NOT_FOUND"),
            (
                runId,
                new WorkflowEventData.StepStarted("step_9") { Created = new WorkflowEventData.StepCreated("step_9", "", null) },
                "400 INVALID_EVENT"),
            (runId, new WorkflowEventData.WaitCompleted("wait_9"), "404 WAIT_NOT_FOUND"),
            (runId, new WorkflowEventData.HookReceived("hook_9", null), "404 HOOK_NOT_FOUND"),
            (runId, new WorkflowEventData.RunCancelled(new string('r', 513)), "400 INVALID_EVENT"),
        ];

        foreach (var (id, data, code) in bad)
        {
            (await CodeAsync(world, id, data)).Should().Be(code, "{0} was sent", data);
        }

        (await world.LogAsync(runId)).Should().HaveCount(2);
        (await world.AddAsync(runId, new WorkflowEventData.WaitCreated("wait_9", Clock.GetUtcNow()))).Wait.Should().NotBeNull();
        var create = () => world.Events.CreateAsync(
            runId, new WorkflowEventData.RunCompleted(null), new CreateEventOptions { SinceCursor = "r+1" }, Limit);
        await create.Should().ThrowAsync<InvalidCursorException>();
        (await world.Runs.GetAsync(runId, Limit)).Status.Should().Be(RunStatus.Running);
    }

    private static async Task<RunHandle<string>> StartedAsync(World world)
    {
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        return run;
    }
}
