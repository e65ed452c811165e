using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Storage;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Attributes of runs of this library: at the start, by the code, from outside, and in searches.</summary>
public abstract class AttributeConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Staged = Workflow.Define<string, string>("staged", async (flow, token) =>
    {
        flow.SetAttribute("stage", "begun");
        await flow.StepAsync("a", _ => Task.CompletedTask);
        flow.SetAttributes(new Dictionary<string, string?> { ["stage"] = "waits", ["customer"] = null });
        await flow.HookAsync<string>(token);
        flow.SetAttribute("stage", "done");
        return "";
    });

    [Fact]
    public async Task A_run_is_found_by_what_it_began_with_and_by_what_its_code_says_since()
    {
        var world = await Worlds.StartAsync(Staged);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(
            Staged, "t", new() { Attributes = new Dictionary<string, string> { ["customer"] = "ada", ["région"] = "é\"'" } }, Limit);
        await ParkedAsync(transitions, run);

        (await run.GetAsync(Limit)).Attributes.Should().BeEquivalentTo(
            new Dictionary<string, string> { ["région"] = "é\"'", ["stage"] = "waits" });
        (await FindAsync(world, "stage", "waits")).Should().Equal(run.RunId);
        (await FindAsync(world, "région", "é\"'")).Should().Equal(run.RunId);
        (await FindAsync(world, "stage", "begun")).Should().BeEmpty();
        (await FindAsync(world, "customer", "ada")).Should().BeEmpty();

        await world.ResumeHookAsync("t", "go", Limit);
        await ResultAsync(world, run);
        (await FindAsync(world, "stage", "done")).Should().Equal(run.RunId);
        (await world.LogAsync(run.RunId)).Select(next => next.GetType().Name).Should().Equal(
            "RunCreated", "RunStarted", "AttributesSet", "StepCreated", "StepCompleted", "AttributesSet", "HookCreated", "HookReceived",
            "AttributesSet", "RunCompleted");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_is_asked_for_in_one_turn_is_one_commit_and_one_event_each()
    {
        var workflow = Workflow.Define<string, string>("once", (flow, _) =>
        {
            flow.SetAttribute("a", "1");
            flow.SetAttribute("a", "2");
            return Task.FromResult("");
        });
        var world = await Worlds.StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ResultAsync(world, run);

        var log = await world.LogAsync(run.RunId);
        log.OfType<WorkflowEvent.AttributesSet>().Select(set => (set.AttributeId, set.Changes["a"]))
            .Should().Equal(("attributes_1", "1"), ("attributes_2", "2"));
        log.OfType<WorkflowEvent.AttributesSet>().Should().OnlyContain(set => set.Writer == new AttributeWriter());
        (await run.GetAsync(Limit)).Attributes.Should().Contain("a", "2");
    }

    [Fact]
    public async Task What_code_and_outside_have_set_at_once_can_be_removed_again()
    {
        var workflow = Workflow.Define<string, string>("many", async (flow, token) =>
        {
            flow.SetAttributes(Many("inside"));
            return await flow.HookAsync<string>(token);
        });
        var world = Worlds.Create(null, workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "t", cancellationToken: Limit);
        var turns = 0;
        database.BeforeTurn = async unit =>
        {
            if (unit.Statements.Any(statement => statement.Text == RunSql.SetAttributes))
            {
                // The first drops the turn. The second stands in front of decisions that have no positions, and do not know of it.
                await (++turns == 1 ? SetAsync(new Dictionary<string, string?> { ["one"] = "" }) : SetAsync(Many("outside")));
            }
        };
        await world.StartAsync(Limit);
        await ParkedAsync(transitions, run);
        (await run.GetAsync(Limit)).Attributes.Should().HaveCount(81);

        await SetAsync(new Dictionary<string, string?> { ["inside 1"] = null, ["outside 1"] = null });

        (await run.GetAsync(Limit)).Attributes.Should().HaveCount(79);
        var further = () => SetAsync(new Dictionary<string, string?> { ["inside 2"] = null, ["more"] = "" });
        (await further.Should().ThrowAsync<InvalidEventException>()).WithMessage("*Remove some first*");
        await world.ShouldBeSoundAsync();

        Task SetAsync(IReadOnlyDictionary<string, string?> changes) =>
            world.Events.CreateAsync(run.RunId, new WorkflowEventData.AttributesSet(changes), cancellationToken: Limit);

        static IReadOnlyDictionary<string, string?> Many(string name) =>
            Enumerable.Range(0, 40).ToDictionary(i => $"{name} {i}", _ => (string?)"");
    }

    [Fact]
    public async Task A_run_whose_start_attributes_break_a_limit_is_not_stored()
    {
        var world = Worlds.Create(null, Staged);
        var tooMany = Enumerable.Range(0, 65).ToDictionary(i => $"a{i}", _ => "v");

        foreach (var attributes in new[] { tooMany, new() { ["$root"] = "v" }, new() { ["a"] = new string('x', 257) } })
        {
            var start = () => world.StartRunAsync(Staged, "t", new() { Attributes = attributes }, Limit);
            (await start.Should().ThrowAsync<InvalidEventException>()).Which.Code.Should().Be(ErrorCodes.InvalidAttributes);
        }

        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task Attributes_from_outside_under_the_same_id_harm_neither_a_live_run_nor_its_replay()
    {
        var world = await Worlds.StartAsync(options => options.MaxLiveRuns = 1, Staged);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Staged, "t", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        foreach (var id in new[] { "attributes_4", "attributes_5", null })
        {
            await world.Events.CreateAsync(
                run.RunId,
                new WorkflowEventData.AttributesSet(new Dictionary<string, string?> { ["by"] = id ?? "nobody" }) { AttributeId = id },
                cancellationToken: Limit);
            await ParkedAsync(transitions, run);
        }

        var other = await world.StartRunAsync(Staged, "other", cancellationToken: Limit); // takes the place in memory
        await ParkedAsync(transitions, other);
        await world.ResumeHookAsync("t", "go", Limit);

        await ResultAsync(world, run);
        (await run.GetAsync(Limit)).Attributes.Should().BeEquivalentTo(
            new Dictionary<string, string> { ["by"] = "nobody", ["stage"] = "done" });
    }

    [Fact]
    public async Task A_run_that_breaks_a_limit_fails_and_says_how_to_avoid_it()
    {
        var workflow = Workflow.Define<string, string>("breaks", (flow, _) =>
        {
            flow.SetAttribute("$mine", "v");
            return Task.FromResult("");
        });
        var world = await Worlds.StartAsync(workflow);

        var failure = await FailureAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit));

        failure.Error!.Code.Should().Be(ErrorCodes.InvalidAttributes);
        failure.Error.Message.Should().Contain("'$mine'").And.Contain("Choose another name");
    }

    [Fact]
    public async Task Code_that_sets_attributes_and_then_awaits_something_foreign_is_blocked_and_not_parked()
    {
        var workflow = Workflow.Define<string, string>("foreign", async (flow, _) =>
        {
            flow.SetAttribute("stage", "begun");
            await new TaskCompletionSource().Task;
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain("not in its log");
        (await FindAsync(world, "stage", "begun")).Should().Equal(run.RunId);
    }

    private static async Task<IEnumerable<string>> FindAsync(World world, string name, string value) =>
        (await world.Runs.ListAsync(new RunQuery { Attribute = new(name, value) }, cancellationToken: Limit)).Items.Select(run => run.RunId);
}
