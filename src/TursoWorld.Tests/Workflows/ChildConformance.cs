using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class ChildConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Echo = Workflow.Define<string, string>("echo", (flow, input) =>
        flow.StepAsync("echo", _ => Task.FromResult($"<{input}>")));

    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>("waiting", (flow, token) =>
        flow.HookAsync<string>(token));

    [Fact]
    public async Task A_child_begins_with_the_attributes_it_is_given_and_tells_where_it_comes_from()
    {
        var parent = Workflow.Define<string, string>("parent", (flow, input) => flow.ChildAsync(
            Echo, input, new() { Attributes = new Dictionary<string, string> { ["stage"] = "first" } }));
        var world = await Worlds.StartAsync();
        world.Register(parent, Echo);

        var run = await world.StartRunAsync(parent, "a", cancellationToken: Limit);
        await run.ResultAsync(Limit);

        var children = await world.Runs.ListAsync(new RunQuery { Attribute = new("stage", "first") }, cancellationToken: Limit);
        children.Items.Should().ContainSingle().Which.Attributes.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["stage"] = "first",
            ["$parentRunId"] = run.RunId,
            ["$rootRunId"] = run.RunId,
        });
    }

    [Fact]
    public async Task A_child_with_more_attributes_than_a_run_may_have_fails_the_code_that_asks_for_it()
    {
        var many = Enumerable.Range(0, 63).ToDictionary(number => $"a{number}", _ => "");
        var parent = Workflow.Define<string, string>(
            "parent", (flow, input) => flow.ChildAsync(Echo, input, new() { Attributes = many }));
        var world = await Worlds.StartAsync();
        world.Register(parent, Echo);

        var run = await world.StartRunAsync(parent, "a", cancellationToken: Limit);

        var result = () => run.ResultAsync(Limit);
        (await result.Should().ThrowAsync<RunEndedException>()).Which.Error!.Code.Should().Be(ErrorCodes.InvalidAttributes);
        (await world.Runs.ListAsync(new RunQuery { ParentRunId = run.RunId }, cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task A_child_is_a_run_of_its_own_and_its_result_the_parents()
    {
        var parent = Workflow.Define<string, string>("parent", async (flow, input) => $"[{await flow.ChildAsync(Echo, input)}]");
        var world = await Worlds.StartAsync(parent, Echo);

        var run = await world.StartRunAsync(parent, "in", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("[<in>]");
        var child = (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items
            .Should().ContainSingle().Subject;
        child.Should().Match<WorkflowRun>(c =>
            c.WorkflowName == "echo" && c.Status == RunStatus.Completed && c.ParentRunId == run.RunId && c.RootRunId == run.RunId);
        child.Attributes.Should().Equal(new Dictionary<string, string>
        {
            ["$parentRunId"] = run.RunId,
            ["$rootRunId"] = run.RunId,
        });
        var log = await world.LogAsync(run.RunId);
        log[2].Should().BeOfType<WorkflowEvent.ChildStarted>().Which.RunId.Should().Be(child.RunId);
        log[3].Should().BeOfType<WorkflowEvent.ChildEnded>().Which.RunId.Should().Be(child.RunId);
        (await run.GetAsync(Limit)).Should().Match<WorkflowRun>(r => r.ParentRunId == null && r.RootRunId == null);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Descendants_know_their_parent_and_their_root()
    {
        var leaf = Workflow.Define<int, string>("leaf", (flow, _) => Task.FromResult(flow.RunId));
        var middle = Workflow.Define<int, string>("middle", async (flow, _) => $"{flow.RunId} {await flow.ChildAsync(leaf, 0)}");
        var top = Workflow.Define<int, string>("top", (flow, _) => flow.ChildAsync(middle, 0));
        var world = await Worlds.StartAsync(leaf, middle, top);

        var run = await world.StartRunAsync(top, 0, cancellationToken: Limit);

        var ids = (await ResultAsync(world, run)).Split(' ');
        var lineage = await Task.WhenAll(ids.Select(id => world.Runs.GetAsync(id, Limit)));
        lineage.Select(found => (found.ParentRunId, found.RootRunId)).Should().Equal((run.RunId, run.RunId), (ids[0], run.RunId));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_child_that_fails_says_so_with_its_error()
    {
        var failing = Workflow.Define<string, string>("failing", (_, input) => throw new InvalidOperationException($"bad {input}"));
        var parent = Workflow.Define<string, string>("parent", async (flow, input) =>
        {
            try
            {
                return await flow.ChildAsync(failing, input);
            }
            catch (ChildFailedException failure)
            {
                return $"{failure.Code} {failure.RunId.Length} {failure.WorkflowName} {failure.Error!.Code} {failure.Error.Message}";
            }
        });
        var careless = Workflow.Define<string, string>("careless", (flow, input) => flow.ChildAsync(failing, input));
        var world = await Worlds.StartAsync(parent, careless, failing);

        var careful = await world.StartRunAsync(parent, "one", cancellationToken: Limit);
        var fails = await world.StartRunAsync(careless, "two", cancellationToken: Limit);

        (await ResultAsync(world, careful)).Should().Be("CHILD_FAILED 31 failing USER_ERROR bad one");
        (await FailureAsync(world, fails)).Error!.Message.Should().Be("bad two");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_child_that_is_cancelled_says_so_with_the_reason()
    {
        var parent = Workflow.Define<string, string>("parent", async (flow, input) =>
        {
            try
            {
                return await flow.ChildAsync(Waiting, input);
            }
            catch (ChildFailedException failure)
            {
                return $"{failure.Code} {failure.CancelReason}";
            }
        });
        var world = await Worlds.StartAsync(parent, Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "token", cancellationToken: Limit);
        var child = await ParkedChildAsync(world, transitions, run);

        await world.GetRun(child).CancelAsync("enough", Limit);

        (await ResultAsync(world, run)).Should().Be("CHILD_CANCELLED enough");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_parent_that_was_evicted_hears_of_its_child()
    {
        var parent = Workflow.Define<string, string>("parent", async (flow, input) =>
            await flow.ChildAsync(Waiting, input) + await flow.StepAsync("after", _ => Task.FromResult("!")));
        var world = await Worlds.StartAsync(options => options.MaxLiveRuns = 1, parent, Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "token", cancellationToken: Limit);
        await ParkedChildAsync(world, transitions, run);

        await world.ResumeHookAsync("token", "late", Limit);

        (await ResultAsync(world, run)).Should().Be("late!");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Cancelling_a_run_cancels_its_descendants_but_not_what_it_abandons()
    {
        var middle = Workflow.Define<string, string>("middle", async (flow, token) =>
        {
            var abandoned = flow.StartChild(Waiting, $"{token} abandoned", new() { ParentClosePolicy = ParentClosePolicy.Abandon });
            await flow.ChildAsync(Waiting, $"{token} closed");
            return abandoned.RunId;
        });
        var top = Workflow.Define<string, int>("top", async (flow, _) =>
            (await Task.WhenAll(flow.ChildAsync(middle, "a"), flow.ChildAsync(middle, "b"))).Length);
        var world = await Worlds.StartAsync(top, middle, Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(top, "", cancellationToken: Limit);
        await HooksAsync(world, transitions, 4);

        await run.CancelAsync("all of it", Limit);

        var runs = (await world.Runs.ListAsync(cancellationToken: Limit)).Items;
        runs.Where(r => r.WorkflowName != "waiting").Should().OnlyContain(r => r.Status == RunStatus.Cancelled).And.HaveCount(3);
        runs.Where(r => r.WorkflowName == "waiting").Select(r => r.Status)
            .Should().BeEquivalentTo([RunStatus.Running, RunStatus.Running, RunStatus.Cancelled, RunStatus.Cancelled]);
        runs.Where(r => r is { WorkflowName: "middle" }).Should().OnlyContain(r => r.CancelReason == $"Its parent '{run.RunId}' is over.");
        await world.ResumeHookAsync("a abandoned", "alive", Limit);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task The_end_of_a_run_cancels_children_that_it_did_not_wait_for()
    {
        var parent = Workflow.Define<string, string>("parent", async (flow, _) =>
        {
            var closed = flow.StartChild(Waiting, "closed");
            flow.StartChild(Waiting, "abandoned", new() { ParentClosePolicy = ParentClosePolicy.Abandon });
            await flow.HookAsync<string>("end");
            return closed.RunId;
        });
        var world = await Worlds.StartAsync(parent, Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "", cancellationToken: Limit);
        await HooksAsync(world, transitions, 3);

        await world.ResumeHookAsync("end", "", Limit);

        var closed = world.GetRun<string>(await ResultAsync(world, run));
        (await FailureAsync(world, closed)).CancelReason.Should().Be($"Its parent '{run.RunId}' is over.");
        await world.ResumeHookAsync("abandoned", "alive", Limit);
        await CascadedAsync(world);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_scope_cancels_its_children_and_one_that_never_began_is_no_run()
    {
        var parent = Workflow.Define<string, string>("parent", async (flow, _) =>
        {
            var runId = "";
            await flow.ScopeAsync(async scope =>
            {
                var child = flow.StartChild(Waiting, "inside");
                runId = child.RunId;
                await flow.HookAsync<string>("go");
                runId += " " + flow.StartChild(Waiting, "never").RunId;
                scope.Cancel();
            });
            await flow.HookAsync<string>("end");
            return runId;
        });
        var world = await Worlds.StartAsync(parent, Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "", cancellationToken: Limit);
        await HooksAsync(world, transitions, 2);
        await world.ResumeHookAsync("go", "", Limit);
        await transitions.NextAsync(TransitionKind.CascadeStepped);
        await world.ResumeHookAsync("end", "", Limit);

        var runIds = (await ResultAsync(world, run)).Split(' ');

        (await FailureAsync(world, world.GetRun<string>(runIds[0]))).CancelReason
            .Should().Be($"The code of its parent '{run.RunId}' gave it up.");
        (await world.Runs.FindAsync(runIds[1], Limit)).Should().BeNull();
        await CascadedAsync(world);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_child_outlives_the_deletion_of_the_parent_that_abandoned_it()
    {
        var parent = Workflow.Define<string, string>("parent", (flow, _) => Task.FromResult(
            flow.StartChild(Waiting, "token", new() { ParentClosePolicy = ParentClosePolicy.Abandon }).RunId));
        var world = await Worlds.StartAsync(parent, Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "", cancellationToken: Limit);
        var child = world.GetRun<string>(await ResultAsync(world, run));
        await ParkedAsync(transitions, child);

        await world.Runs.DeleteAsync(run.RunId, Limit);

        await world.ShouldBeSoundAsync();
        await world.ResumeHookAsync("token", "alive", Limit);
        (await ResultAsync(world, child)).Should().Be("alive");
        (await child.GetAsync(Limit)).ParentRunId.Should().Be(run.RunId);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_parent_keeps_the_result_of_a_child_that_was_deleted()
    {
        var parent = Workflow.Define<string, string>("parent", async (flow, _) =>
        {
            var child = flow.StartChild(Echo, "in");
            await flow.HookAsync<string>("go");
            return await child.ResultAsync();
        });
        var world = await Worlds.StartAsync(parent, Echo);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunCompleted);
        var child = (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items.Single();

        await world.Runs.DeleteAsync(child.RunId, Limit);
        await world.ShouldBeSoundAsync();
        await world.ResumeHookAsync("go", "", Limit);

        (await ResultAsync(world, run)).Should().Be("<in>");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_thousand_children_are_begun_and_waited_for()
    {
        var doubled = Workflow.Define<int, int>("doubled", (_, input) => Task.FromResult(2 * input));
        var parent = Workflow.Define<int, int>("parent", async (flow, count) =>
            (await Task.WhenAll(Enumerable.Range(1, count).Select(i => flow.ChildAsync(doubled, i)))).Sum());
        var world = await Worlds.StartAsync(parent, doubled);

        var run = await world.StartRunAsync(parent, 1_000, cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be(1_001_000);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Fifty_generations_return_fail_and_are_cancelled()
    {
        WorkflowDefinition<int, int>? deep = null;
        deep = Workflow.Define<int, int>("deep", async (flow, left) => left switch
        {
            0 => 0,
            100 => throw new InvalidOperationException("bottom"),
            200 => await flow.HookAsync<int>("bottom"),
            _ => 1 + await flow.ChildAsync(deep!, left - 1),
        });
        var world = await Worlds.StartAsync(deep);
        var transitions = Watch(world);

        var returning = await world.StartRunAsync(deep, 50, cancellationToken: Limit);
        var failing = await world.StartRunAsync(deep, 150, cancellationToken: Limit);
        var waiting = await world.StartRunAsync(deep, 250, cancellationToken: Limit);

        (await ResultAsync(world, returning)).Should().Be(50);
        var error = (await FailureAsync(world, failing)).Error!;
        (error.Code, error.Message, error.Cause).Should().Be((ErrorCodes.UserError, "bottom", null));
        while (await world.Hooks.FindByTokenAsync("bottom", Limit) is null)
        {
            await transitions.NextAsync(TransitionKind.RunParked);
        }

        await waiting.CancelAsync(cancellationToken: Limit);
        (await world.Runs.CountAsync(Limit)).Where(count => count.Value > 0).Should().Equal(new Dictionary<RunStatus, long>
        {
            [RunStatus.Completed] = 51,
            [RunStatus.Failed] = 51,
            [RunStatus.Cancelled] = 51,
        });
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Deleting_a_run_leaves_no_child_behind_that_was_to_end_with_it()
    {
        var parent = Workflow.Define<string, string>("parent", async (flow, _) =>
        {
            var children = Enumerable.Range(0, 150).Select(i => flow.StartChild(Waiting, $"token {i}")).ToList();
            await flow.StepAsync("step", _ => Task.CompletedTask);
            return children[0].RunId;
        });
        var world = await Worlds.StartAsync(parent, Waiting);
        var run = await world.StartRunAsync(parent, "", cancellationToken: Limit);
        await ResultAsync(world, run);

        await world.Runs.DeleteAsync(run.RunId, Limit);

        (await world.Runs.CountAsync(Limit)).Where(count => count.Value > 0).Should().Equal(new Dictionary<RunStatus, long> { [RunStatus.Cancelled] = 150 });
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Cancelling_parents_by_a_query_cancels_their_children_once()
    {
        var parent = Workflow.Define<string, string>("parent", (flow, token) => flow.ChildAsync(Waiting, token));
        var world = await Worlds.StartAsync(parent, Waiting);
        var transitions = Watch(world);
        foreach (var token in (string[])["a", "b", "c"])
        {
            await world.StartRunAsync(parent, token, cancellationToken: Limit);
        }

        await HooksAsync(world, transitions, 3);

        await world.CancelRunsAsync(new() { WorkflowName = "parent" }, "all", Limit);
        await world.CancelRunsAsync(reason: "once more", cancellationToken: Limit);

        (await world.Runs.CountAsync(Limit)).Where(count => count.Value > 0).Should().Equal(new Dictionary<RunStatus, long> { [RunStatus.Cancelled] = 6 });
        var children = (await world.Runs.ListAsync(new() { WorkflowName = "waiting" }, cancellationToken: Limit)).Items;
        foreach (var child in children)
        {
            (await world.LogAsync(child.RunId)).OfType<WorkflowEvent.RunCancelled>().Should().ContainSingle()
                .Which.Reason.Should().Be($"Its parent '{child.ParentRunId}' is over.");
        }

        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_paused_parent_hears_of_its_child_when_it_is_resumed()
    {
        var parent = Workflow.Define<string, string>("parent", (flow, token) => flow.ChildAsync(Waiting, token));
        var world = await Worlds.StartAsync(parent, Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, "token", cancellationToken: Limit);
        var child = world.GetRun<string>(await ParkedChildAsync(world, transitions, run));
        await run.PauseAsync(Limit);

        await world.ResumeHookAsync("token", "late", Limit);
        await ResultAsync(world, child);
        (await world.LogAsync(run.RunId))[^1].Should().BeOfType<WorkflowEvent.ChildEnded>();
        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Paused);
        await run.ResumeAsync(Limit);

        (await ResultAsync(world, run)).Should().Be("late");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_a_child_is_given_and_kept_for_is_checked()
    {
        var parent = Workflow.Define<int, string>("parent", async (flow, way) =>
        {
            var options = way == 0 ? new ChildRunOptions { Retention = TimeSpan.FromMilliseconds(1) }
                : way == 1 ? new ChildRunOptions { ParentClosePolicy = (ParentClosePolicy)7 }
                : new ChildRunOptions { Retention = TimeSpan.FromSeconds(1) };
            return await flow.ChildAsync(Echo, "in", options);
        });
        var world = await Worlds.StartAsync(parent, Echo);

        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => world.StartRunAsync(parent, i, cancellationToken: Limit)));

        (await FailureAsync(world, runs[0])).Error!.Message.Should().Contain("kept for 1 second");
        (await FailureAsync(world, runs[1])).Error!.Type.Should().Be(typeof(ArgumentOutOfRangeException).FullName);
        (await ResultAsync(world, runs[2])).Should().Be("<in>");
        Clock.Advance(TimeSpan.FromSeconds(2));
        (await world.MaintainAsync(Limit)).RunsPurged.Should().Be(1);
        (await world.Runs.FindAsync(runs[2].RunId, Limit)).Should().NotBeNull("it has no retention of its own");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task The_children_of_a_run_are_listed_in_pages_of_either_order()
    {
        var parent = Workflow.Define<int, int>("parent", async (flow, count) =>
            (await Task.WhenAll(Enumerable.Range(0, count).Select(i => flow.ChildAsync(Echo, $"{i}")))).Length);
        var world = await Worlds.StartAsync(parent, Echo);
        var run = await world.StartRunAsync(parent, 5, cancellationToken: Limit);
        await world.StartRunAsync(Echo, "no child", cancellationToken: Limit);
        await ResultAsync(world, run);
        var query = new RunQuery { ParentRunId = run.RunId };

        var first = await world.Runs.ListAsync(query, new() { Limit = 2 }, Limit);
        var rest = await world.Runs.ListAsync(query, new() { Cursor = first.Cursor }, Limit);
        var backwards = await world.Runs.ListAsync(query, new() { Order = SortOrder.Descending }, Limit);

        string[] ids = [.. first.Items.Concat(rest.Items).Select(child => child.RunId)];
        ids.Should().HaveCount(5).And.OnlyHaveUniqueItems();
        backwards.Items.Select(child => child.RunId).Should().Equal(ids.Reverse());
        (await world.Runs.ListAsync(query with { WorkflowName = "other" }, cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    private static async Task<string> ParkedChildAsync(World world, Transitions transitions, RunHandle run)
    {
        await HooksAsync(world, transitions, 1);
        return (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items.Single().RunId;
    }

    /// <summary>Waits until so many hooks wait.</summary>
    private static async Task HooksAsync(World world, Transitions transitions, int count)
    {
        while (await CountAsync() < count)
        {
            await transitions.NextAsync(TransitionKind.RunParked);
        }

        async Task<int> CountAsync()
        {
            var runs = (await world.Runs.ListAsync(cancellationToken: Limit)).Items;
            var hooks = await Task.WhenAll(runs.Select(run => world.Hooks.ListAsync(run.RunId, cancellationToken: Limit)));
            return hooks.Sum(page => page.Items.Count);
        }
    }

    private static Task CascadedAsync(World world) => world.Shared.Cascade.WaitAsync(Limit);
}

public sealed class SqliteFileChildTests() : ChildConformance(Backend.SqliteFile);

public sealed class SqliteMemoryChildTests() : ChildConformance(Backend.SqliteMemory);
