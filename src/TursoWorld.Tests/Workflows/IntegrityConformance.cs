using System.Text.Json;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Tests.Contract;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class IntegrityConformance(Backend backend) : WorkflowTests(backend)
{
    /// <summary>Leaves a completed step, one that waits for its next attempt, a sleep, a hook that was used and one that waits.</summary>
    private static readonly WorkflowDefinition<string, string> Everything = Workflow.Define<string, string>(
        "everything", async (flow, token) =>
        {
            await flow.StepAsync("first", _ => Task.FromResult("first"));
            await flow.SleepAsync(TimeSpan.FromMilliseconds(1));
            var received = await flow.HookAsync<string>($"{token}-1");
            flow.SetAttributes(new Dictionary<string, string?> { ["stage"] = "received", ["customer"] = null });
            var failing = flow.StepAsync<string>(
                "failing", _ => throw new RetryStepException("later", TimeSpan.FromHours(1)));
            var hook = flow.HookAsync<string>($"{token}-2");
            return received + await hook + await failing;
        });

    private static readonly WorkflowDefinition<string, string> Echo = Workflow.Define<string, string>(
        "echo", (flow, input) => flow.StepAsync("echo", _ => Task.FromResult(input)));

    [Fact]
    public async Task A_sound_database_has_no_problems()
    {
        var (world, _, _) = await FilledAsync();

        var report = await world.CheckIntegrityAsync(Limit);

        report.Problems.Should().BeEmpty();
        report.IsSound.Should().BeTrue();
        report.RunsChecked.Should().Be(2);
    }

    [Theory]
    [InlineData("DROP TRIGGER turn_guard_insert", "The trigger 'turn_guard_insert' is missing.")]
    [InlineData("DROP INDEX workflow_log_place", "The index 'workflow_log_place' is missing.")]
    [InlineData(
        "DROP TRIGGER guard_insert; CREATE TRIGGER guard_insert INSTEAD OF INSERT ON guard BEGIN SELECT 1; END",
        "The trigger 'guard_insert' is not what this version of the library makes: somebody has altered it.")]
    public async Task What_was_made_by_the_migrations_must_be_there_unaltered(string damage, string problem)
    {
        var (world, _, _) = await FilledAsync();
        var unit = new Unit([.. SqlScript.Split(damage).Select(text => new SqlStatement(text))]);
        (await world.Shared.Database.WriteAsync(unit, Limit)).ThrowUnlessCommitted();

        var report = await world.CheckIntegrityAsync(Limit);

        var found = report.Problems.Should().ContainSingle().Which;
        (found.Kind, found.Text).Should().Be((IntegrityProblemKind.SchemaMismatch, problem));
    }

    [Fact]
    public async Task A_check_while_runs_execute_finds_nothing()
    {
        var world = await Worlds.StartAsync(Echo);
        var runs = Enumerable.Range(0, 200).Select(async i => await ResultAsync(
            world, await world.StartRunAsync(Echo, $"{i}", cancellationToken: Limit))).ToList();
        var all = Task.WhenAll(runs);

        do
        {
            (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
        }
        while (!all.IsCompleted);

        await all;
        (await world.CheckIntegrityAsync(Limit)).RunsChecked.Should().Be(200);
    }

    [Theory]
    [InlineData(IntegrityProblemKind.LogGap, true, "UPDATE workflow_log SET first = first + 50, last = last + 50 WHERE run_key = 1 AND first > 4")]
    [InlineData(IntegrityProblemKind.LogGap, true, "DELETE FROM workflow_log WHERE run_key = 1 AND first = 2")]
    [InlineData(IntegrityProblemKind.LogStart, true, "UPDATE workflow_log SET events = replace(events, 'run_created', 'run_started') WHERE run_key = 1 AND first = 1")]
    [InlineData(IntegrityProblemKind.LogGap, true, "UPDATE workflow_log SET last = last + 1 WHERE run_key = 1 AND first > 4")]
    [InlineData(IntegrityProblemKind.LogUnreadable, true, "UPDATE workflow_log SET events = events || 'x' WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.LogUnreadable, true, "UPDATE workflow_log SET events = '[[]]' WHERE run_key = 2 AND first = 1")]
    [InlineData(IntegrityProblemKind.LogStart, true, "DELETE FROM workflow_log WHERE run_key = 2")]
    [InlineData(IntegrityProblemKind.LogOrder, true, "UPDATE workflow_log SET created_at = 1 WHERE run_key = 1 AND first > 2")]
    [InlineData(IntegrityProblemKind.LogContradiction, true, "UPDATE workflow_log SET events = replace(events, 'step_completed', 'step_created')")]
    [InlineData(IntegrityProblemKind.LogContradiction, true, "UPDATE workflow_log SET events = replace(events, '\"step_completed\",\"step_1\"', '\"step_completed\",\"step_9\"')")]
    [InlineData(IntegrityProblemKind.LogContradiction, true, "UPDATE workflow_log SET events = replace(events, 'step_completed', 'run_failed')")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET status = 'failed' WHERE run_key = 2")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET ended_position = 2 WHERE run_key = 2")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET status = 'pending' WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET created_at = created_at - 1 WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET started_at = started_at + 1 WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET started_at = NULL WHERE run_key = 2")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET completed_at = completed_at + 1 WHERE run_key = 2")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET attributes = NULL WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET attributes = json_set(attributes, '$.stage', 'x') WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET attributes = json_set(attributes, '$.customer', 'ada') WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET attributes = '{\"a\":\"b\"}' WHERE run_key = 2")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET attributes = '{' WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_runs SET attributes = '[]' WHERE run_key = 2")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_log SET events = replace(events, '\"stage\":\"received\"', '\"stage\":\"x\"')")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "DELETE FROM workflow_attributes WHERE name = 'stage'")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "UPDATE workflow_attributes SET value = 'x' WHERE name = 'stage'")]
    [InlineData(IntegrityProblemKind.RunMismatch, true, "INSERT INTO workflow_attributes (name, value, run_key) VALUES ('customer', 'ada', 2)")]
    [InlineData(IntegrityProblemKind.Orphan, false, "UPDATE workflow_attributes SET run_key = 77")]
    [InlineData(IntegrityProblemKind.LogUnreadable, true, "UPDATE workflow_log SET events = replace(events, '\"stepName\":', '\"stepName\"') WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.LogUnreadable, true, "UPDATE workflow_log SET events = '' WHERE events LIKE '%run_completed%'")]
    [InlineData(IntegrityProblemKind.LogUnreadable, true, "UPDATE workflow_log SET events = '[[\"run_created\",null,[]]]' WHERE run_key = 1 AND first = 1")]
    [InlineData(IntegrityProblemKind.LogUnreadable, true, "UPDATE workflow_log SET events = replace(events, '\"attempt\":1', '\"attempt\":\"x\"')")]
    [InlineData(IntegrityProblemKind.HookMismatch, true, "DELETE FROM workflow_hooks")]
    [InlineData(IntegrityProblemKind.HookMismatch, true, "UPDATE workflow_hooks SET created_position = 1")]
    [InlineData(IntegrityProblemKind.HookMismatch, true, "UPDATE workflow_hooks SET token = 'another'")]
    [InlineData(IntegrityProblemKind.HookMismatch, true, "INSERT INTO workflow_hooks (run_key, hook_id, token, once, created_position) VALUES (2, 'hook_1', 'x', 1, 2)")]
    [InlineData(IntegrityProblemKind.MessageMismatch, true, "DELETE FROM queue_messages")]
    [InlineData(IntegrityProblemKind.MessageMismatch, true, "UPDATE queue_messages SET message_id = 'msg_1'")]
    [InlineData(IntegrityProblemKind.MessageMismatch, true, "UPDATE queue_messages SET message_id = (SELECT 'msg_' || substr(run_id, 6) FROM workflow_runs WHERE run_key = 2)")]
    [InlineData(IntegrityProblemKind.StreamGap, true, "DELETE FROM stream_chunks WHERE chunk_index = 0")]
    [InlineData(IntegrityProblemKind.Orphan, false, "UPDATE stream_chunks SET stream_key = 77")]
    [InlineData(IntegrityProblemKind.DeletionMismatch, true, "INSERT INTO deletions (run_key) VALUES (2)")]
    [InlineData(IntegrityProblemKind.DeletionMismatch, true, "INSERT INTO deletions (stream_key) SELECT stream_key FROM streams")]
    [InlineData(IntegrityProblemKind.Orphan, false, "DELETE FROM workflow_runs WHERE run_key = 1")]
    [InlineData(IntegrityProblemKind.Orphan, false, "UPDATE queue_messages SET run_key = 77")]
    public async Task Damage_is_found_and_named(IntegrityProblemKind kind, bool hasRun, string damage)
    {
        var (world, open, ended) = await FilledAsync();
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(damage)), Limit)).ThrowUnlessCommitted();

        var report = await world.CheckIntegrityAsync(Limit);

        report.IsSound.Should().BeFalse();
        report.Problems.Should().Contain(problem => problem.Kind == kind
            && (hasRun ? problem.RunId == open.RunId || problem.RunId == ended.RunId : problem.RunId == null));
        report.Problems.Should().OnlyContain(problem => problem.Text.Length > 0);
    }

    [Fact]
    public async Task A_report_names_attributes_and_tells_no_tokens()
    {
        var (world, _, _) = await FilledAsync();
        const string Token = "UPDATE workflow_hooks SET token = 'another'";
        const string Attributes = "UPDATE workflow_runs SET attributes = json_set(attributes, '$.stage', 'secret') WHERE run_key = 1";
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(Token), new SqlStatement(Attributes)), Limit)).ThrowUnlessCommitted();

        var texts = string.Join('\n', (await world.CheckIntegrityAsync(Limit)).Problems.Select(problem => problem.Text));

        texts.Should().Contain("'stage'").And.NotContain("customer").And.NotContain("secret")
            .And.Contain("another token").And.NotContain("token-2").And.NotContain("'another'");
    }

    [Theory]
    [InlineData("UPDATE workflow_runs SET started_at = started_at + 1")]
    [InlineData("UPDATE workflow_runs SET attributes = '{}'")]
    [InlineData("UPDATE workflow_hooks SET token = 'another'")]
    public async Task Damage_to_a_run_of_a_foreign_runtime_is_found(string damage)
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        var changes = new Dictionary<string, string?> { ["customer"] = "ada" };
        foreach (var next in new WorkflowEventData[]
        {
            new WorkflowEventData.AttributesSet(changes),
            new WorkflowEventData.HookCreated("hook_1", "token"),
            new WorkflowEventData.StepStarted("lazy") { Created = new("lazy", "step", null) },
            new WorkflowEventData.StepCreated("plain", "step", null),
            new WorkflowEventData.StepStarted("plain"),
            new WorkflowEventData.StepRetrying("plain", null),
            new WorkflowEventData.StepStarted("plain"),
            new WorkflowEventData.StepCreated("waits", "step", null),
        })
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await world.AddAsync(runId, next);
        }

        (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(damage)), Limit)).ThrowUnlessCommitted();

        var report = await world.CheckIntegrityAsync(Limit);

        report.Problems.Should().NotBeEmpty().And.OnlyContain(problem => problem.RunId == runId);
    }

    [Theory]
    [InlineData("UPDATE workflow_runs SET parent_waits = 0")]
    [InlineData("UPDATE workflow_runs SET child_id = 'child_9' WHERE run_key = 2")]
    [InlineData("UPDATE workflow_log SET events = replace(events, '\"child_started\",\"child_1\"', '\"child_started\",\"child_7\"')")]
    [InlineData("UPDATE workflow_runs SET parent_run_id = 'wrun_x' WHERE run_key = 2")]
    [InlineData("UPDATE workflow_runs SET status = 'cancelled', ended_position = 3, completed_at = 1 WHERE run_key = 1")]
    [InlineData("UPDATE workflow_runs SET status = 'cancelled', ended_position = 3, completed_at = 1 WHERE run_key = 2")]
    public async Task A_child_that_does_not_fit_its_parent_is_found(string damage)
    {
        var waiting = Workflow.Define<string, string>("waiting", (flow, token) => flow.HookAsync<string>(token));
        var parent = Workflow.Define<string, string>("parent", (flow, token) => flow.ChildAsync(waiting, token));
        var world = await Worlds.StartAsync(parent, waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "token", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunParked);
        await transitions.NextAsync(TransitionKind.RunParked);
        (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(damage)), Limit)).ThrowUnlessCommitted();

        var report = await world.CheckIntegrityAsync(Limit);

        report.Problems.Should().Contain(problem => problem.Kind == IntegrityProblemKind.ChildMismatch && problem.RunId != null);
        report.Problems.Should().OnlyContain(problem => problem.Text.Length > 0);
    }

    [Theory]
    [InlineData(IntegrityProblemKind.MessageMismatch, true, "DELETE FROM queue_messages WHERE step_id IS NOT NULL")]
    [InlineData(IntegrityProblemKind.MessageMismatch, true, "UPDATE queue_messages SET step_id = 'step_9' WHERE step_id IS NOT NULL")]
    [InlineData(IntegrityProblemKind.MessageMismatch, true, "UPDATE queue_messages SET message_id = 'msg_1' WHERE step_id IS NOT NULL")]
    [InlineData(IntegrityProblemKind.Orphan, false, "UPDATE queue_messages SET run_key = 77 WHERE step_id IS NOT NULL")]
    public async Task Damage_around_a_queued_step_is_found_and_named(IntegrityProblemKind kind, bool hasRun, string damage)
    {
        var (workflow, _) = Queued();
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
        await world.StopAsync(Limit);
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(damage)), Limit)).ThrowUnlessCommitted();

        var report = await world.CheckIntegrityAsync(Limit);

        report.Problems.Should().Contain(problem => problem.Kind == kind && problem.RunId == (hasRun ? run.RunId : null));
    }

    [Fact]
    public async Task A_check_while_queued_steps_execute_finds_nothing()
    {
        var (workflow, step) = Queued();
        var world = await Worlds.StartAsync(workflow);
        world.Register(step);
        var all = Task.WhenAll(Enumerable.Range(0, 50).Select(async i => await ResultAsync(
            world, await world.StartRunAsync(workflow, $"{i}", cancellationToken: Limit))));

        do
        {
            (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
        }
        while (!all.IsCompleted);

        await all;
    }

    [Theory]
    [InlineData("UPDATE workflow_log SET events = '[['")]
    [InlineData("UPDATE workflow_log SET events = '[[\"run_created\",null,[]]]'")]
    [InlineData("UPDATE workflow_runs SET attributes = '{'")]
    public async Task Whoever_reads_what_is_no_JSON_is_told_that_the_database_is_damaged(string damage)
    {
        var (world, open, _) = await FilledAsync();
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(damage)), Limit)).ThrowUnlessCommitted();

        List<Func<Task>> reads = [() => world.Runs.GetAsync(open.RunId, cancellationToken: Limit), () => world.Runs.ListAsync(cancellationToken: Limit)];
        if (damage.Contains("workflow_log", StringComparison.Ordinal))
        {
            reads.Add(() => world.Steps.ListAsync(open.RunId, cancellationToken: Limit));
            reads.Add(() => world.Events.ListAsync(open.RunId, cancellationToken: Limit));
            reads.Add(() => world.Hooks.ListAsync(open.RunId, cancellationToken: Limit));
        }

        foreach (var read in reads)
        {
            var failure = (await read.Should().ThrowAsync<StorageException>()).Which;
            failure.Code.Should().Be(ErrorCodes.DatabaseCorrupt);
            failure.IsTransient.Should().BeFalse();
            failure.InnerException.Should().BeAssignableTo<JsonException>();
        }
    }

    [Fact]
    public async Task A_report_has_an_end()
    {
        var (world, _, _) = await FilledAsync();
        const string Damage = """
            WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
            INSERT INTO workflow_log (run_key, first, last, created_at, events) SELECT i, 1, 1, 1, '[["run_started"]]' FROM n
            """;
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(Damage)), Limit)).ThrowUnlessCommitted();

        var report = await world.CheckIntegrityAsync(Limit);

        report.Problems.Should().HaveCount(IntegrityReport.MaxProblems)
            .And.OnlyContain(problem => problem.Kind == IntegrityProblemKind.Orphan);
    }

    private static (WorkflowDefinition<string, string> Workflow, StepDefinition<string, string> Step) Queued()
    {
        var step = Step.Define<string, string>("echo", (input, _) => Task.FromResult(input), new() { Mode = StepMode.Queued });
        return (Workflow.Define<string, string>("queued", (flow, input) => flow.StepAsync(step, input)), step);
    }

    private async Task<(World World, RunHandle<string> Open, RunHandle<string> Ended)> FilledAsync()
    {
        var world = await Worlds.StartAsync(Everything, Echo);
        var transitions = Watch(world);
        var attributes = new Dictionary<string, string> { ["customer"] = "ada", ["région"] = "é\"'" };
        var open = await world.StartRunAsync(Everything, "token", new() { Attributes = attributes }, Limit);
        await ParkedAsync(transitions, open);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await ParkedAsync(transitions, open);
        await world.ResumeHookAsync("token-1", "payload", Limit);
        await ParkedAsync(transitions, open);
        var runId = world.Shared.Ids.NewRunId();
        await world.Streams.WriteManyAsync(runId, "out", [new byte[1], new byte[1]], Limit);
        var ended = await world.StartRunAsync(Echo, "done", new() { RunId = runId }, Limit);
        await ResultAsync(world, ended);
        await world.StopAsync(Limit);
        return (world, open, ended);
    }
}
