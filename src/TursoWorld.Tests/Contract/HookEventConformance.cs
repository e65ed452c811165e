using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;
using static TursoWorld.Tests.Contract.ForeignRun;

namespace TursoWorld.Tests.Contract;

public abstract class HookEventConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_hook_receives_any_number_of_payloads_until_it_is_disposed()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        var created = await world.AddAsync(
            runId, new WorkflowEventData.HookCreated("hook_1", "token") { Metadata = Bytes("meta"), IsWebhook = true });

        await world.AddAsync(runId, new WorkflowEventData.HookReceived("hook_1", Bytes("1")));
        await world.ResumeHookAsync("token", 2, Limit);
        await world.AddAsync(runId, new WorkflowEventData.HookDisposed("hook_1"));

        created.Hook!.Should().Match<WorkflowHook>(hook => hook.Token == "token" && hook.IsWebhook == true && hook.IsSystem == null);
        (await world.LogAsync(runId)).OfType<WorkflowEvent.HookReceived>().Should().HaveCount(2);
        var late = () => world.AddAsync(runId, new WorkflowEventData.HookReceived("hook_1", null));
        await late.Should().ThrowAsync<NotFoundException>();
        var again = () => world.AddAsync(runId, new WorkflowEventData.HookDisposed("hook_1"));
        await again.Should().ThrowAsync<NotFoundException>();
        var anew = () => world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_1", "other"));
        await anew.Should().ThrowAsync<ConflictException>();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_token_that_is_taken_is_recorded_as_a_conflict()
    {
        var world = Worlds.Create();
        var (first, second) = (await world.RunningAsync(), await world.RunningAsync());
        await world.AddAsync(first, new WorkflowEventData.HookCreated("hook_1", "token"));

        var conflict = await world.AddAsync(second, new WorkflowEventData.HookCreated("hook_1", "token") { Metadata = Bytes("meta") });

        conflict.Hook.Should().BeNull();
        conflict.Event.Should().BeOfType<WorkflowEvent.HookConflict>().Which.ConflictingRunId.Should().Be(first);
        (await world.LogAsync(second))[^1].Should().Be(conflict.Event);
        (await world.Hooks.FindByTokenAsync("token", Limit))!.RunId.Should().Be(first);
        await world.ShouldBeSoundAsync();
    }

    /// <summary>A sender has to know in which format the run expects its payload.</summary>
    [Fact]
    public async Task A_hook_tells_the_version_of_the_contract_that_its_run_speaks()
    {
        var own = Workflow.Define<string, string>("waits", (flow, token) => flow.HookAsync<string>(token));
        var world = await Worlds.StartAsync(own);
        var transitions = Watch(world);
        await ParkedAsync(transitions, await world.StartRunAsync(own, "ours", cancellationToken: Limit));
        var runId = await world.RunningAsync();

        var created = await world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_1", "theirs"));

        created.Hook!.SpecVersion.Should().Be(5);
        (await world.Hooks.FindByTokenAsync("theirs", Limit))!.SpecVersion.Should().Be(5);
        (await world.Hooks.GetAsync(runId: runId, hookId: "hook_1", cancellationToken: Limit)).SpecVersion.Should().Be(5);
        (await world.Hooks.ListAsync(cancellationToken: Limit)).Items.Select(hook => hook.SpecVersion).Should().Equal(null, 5);
    }

    [Fact]
    public async Task Exactly_one_of_many_concurrent_hooks_gets_the_token()
    {
        var world = Worlds.Create();
        var runIds = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => world.RunningAsync()));

        var results = await Task.WhenAll(runIds.Select(
            runId => Task.Run(() => world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_1", "token")))));

        results.Should().ContainSingle(result => result.Hook != null);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Nothing_is_received_behind_the_disposal()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        await world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_1", "token"));

        var sends = Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            try
            {
                await world.AddAsync(
                    runId,
                    i == 20 ? new WorkflowEventData.HookDisposed("hook_1") : new WorkflowEventData.HookReceived("hook_1", null));
            }
            catch (NotFoundException)
            {
                // too late
            }
        }));
        await Task.WhenAll(sends);

        (await world.LogAsync(runId))[^1].Should().BeOfType<WorkflowEvent.HookDisposed>();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_wait_is_created_and_completed_once()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        var resumeAt = Clock.GetUtcNow() + TimeSpan.FromHours(1);

        (await world.AddAsync(runId, new WorkflowEventData.WaitCreated("wait_1", resumeAt))).Wait!.ResumeAt.Should().Be(resumeAt);
        var again = () => world.AddAsync(runId, new WorkflowEventData.WaitCreated("wait_1", resumeAt));
        await again.Should().ThrowAsync<ConflictException>();
        (await world.AddAsync(runId, new WorkflowEventData.WaitCompleted("wait_1"))).Wait!.Status.Should().Be(WaitStatus.Completed);
        var second = () => world.AddAsync(runId, new WorkflowEventData.WaitCompleted("wait_1"));
        await second.Should().ThrowAsync<ConflictException>();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Attributes_are_merged_removed_and_bounded()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();

        await SetAsync(world, runId, new() { ["a"] = "1", ["b"] = "2", ["null"] = "" }, "attr_1");
        var set = await SetAsync(world, runId, new() { ["a"] = null, ["b"] = "3", ["c\"'$."] = "4" }, "attr_2");

        set.Run!.Attributes.Should().Equal(new Dictionary<string, string> { ["b"] = "3", ["null"] = "", ["c\"'$."] = "4" });
        (await CodeAsync(world, runId, new() { ["d"] = "5" }, "attr_2")).Should().Be("EVENT_CONFLICT");
        (await CodeAsync(world, runId, new() { ["$d"] = "5" })).Should().Be("INVALID_ATTRIBUTES");
        (await CodeAsync(world, runId, new() { [""] = "5" })).Should().Be("INVALID_ATTRIBUTES");
        (await CodeAsync(world, runId, new() { ["d"] = new string('ü', 129) })).Should().Be("INVALID_ATTRIBUTES");
        (await CodeAsync(world, runId, Enumerable.Range(0, 62).ToDictionary(i => $"x{i}", i => (string?)"x")))
            .Should().Be("INVALID_ATTRIBUTES");
        await SetAsync(world, runId, Enumerable.Range(0, 61).ToDictionary(i => $"x{i}", i => (string?)"x"), null);
        (await world.Runs.GetAsync(runId, Limit)).Attributes.Should().HaveCount(64);
        (await world.LogAsync(runId)).OfType<WorkflowEvent.AttributesSet>().Should().HaveCount(3);
    }

    private static Task<EventResult> SetAsync(World world, string runId, Dictionary<string, string?> changes, string? id) =>
        world.AddAsync(runId, new WorkflowEventData.AttributesSet(changes) { AttributeId = id });

    private static async Task<string> CodeAsync(
        World world, string runId, Dictionary<string, string?> changes, string? id = null)
    {
        var set = () => SetAsync(world, runId, changes, id);
        return ((WorldException)(await set.Should().ThrowAsync<Exception>()).Which).Code;
    }
}
