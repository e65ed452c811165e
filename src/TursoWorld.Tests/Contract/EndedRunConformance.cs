using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;
using static TursoWorld.Tests.Contract.ForeignRun;

namespace TursoWorld.Tests.Contract;

/// <summary>What runs that are over still take, however they ended.</summary>
public abstract class EndedRunConformance(Backend backend) : WorkflowTests(backend)
{
    private const string Conflict = "409 EVENT_CONFLICT";
    private const string Expired = "410 RUN_EXPIRED";
    private const string Owned = "409 RUN_OWNED";

    // The events of OpenAsync.
    private const int Opening = 15;

    private static readonly Dictionary<string, WorkflowEventData> Ends = new()
    {
        ["completed"] = new WorkflowEventData.RunCompleted(null),
        ["failed"] = new WorkflowEventData.RunFailed(null),
        ["cancelled"] = new WorkflowEventData.RunCancelled(),
    };

    private static readonly WorkflowDefinition<string, string> Echo = Workflow.Define<string, string>(
        "echo", (flow, input) => flow.StepAsync("echo", _ => Task.FromResult(input)));

    [Theory]
    [InlineData("completed")]
    [InlineData("failed")]
    [InlineData("cancelled")]
    public async Task A_foreign_run_that_is_over_takes_the_ends_of_its_running_steps_only(string end)
    {
        var world = Worlds.Create();
        var runId = await OpenAsync(world);
        await world.AddAsync(runId, Ends[end]);
        var isCancelled = end == "cancelled";

        var answers = await AnswersAsync(world, runId);

        answers.Should().Equal(
            ("RunStarted", Expired),
            ("RunPaused", Conflict),
            ("RunResumed", Conflict),
            ("AttributesSet", Conflict),
            ("StepCreated", Conflict),
            ("StepStarted step_new", Conflict), // creates it as well
            ("StepStarted step_pending", Expired),
            ("StepStarted step_running", Expired),
            ("StepStarted step_retrying", Expired),
            ("StepStarted step_ended", Conflict),
            ("StepStarted step_missing", "404 STEP_NOT_FOUND"),
            ("StepRetrying step_pending", Expired),
            ("StepRetrying step_running", Expired),
            ("StepCompleted step_pending", Expired),
            ("StepFailed step_retrying", Expired),
            ("StepCompleted step_ended", Conflict),
            ("HookCreated", Conflict),
            ("HookReceived", "404 HOOK_NOT_FOUND"),
            ("HookDisposed", "404 HOOK_NOT_FOUND"),
            ("WaitCreated", Conflict),
            ("WaitCompleted", Conflict),
            ("StepCompleted step_running", ""),
            ("StepFailed step_other", ""),
            ("StepStarted step_running", Conflict),
            ("StepCompleted step_running", Conflict),
            ("RunCompleted", Conflict),
            ("RunFailed", Conflict),
            ("RunCancelled", isCancelled ? "" : Conflict));
        (await world.LogAsync(runId)).Skip(Opening).Select(e => e.GetType().Name)
            .Should().Equal(isCancelled ? ["RunCancelled", "StepCompleted", "StepFailed", "RunCancelled"] : [Ends[end].GetType().Name, "StepCompleted", "StepFailed"]);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_of_this_library_that_is_over_takes_nothing()
    {
        var world = await Worlds.StartAsync(Echo);
        var run = await world.StartRunAsync(Echo, "out", cancellationToken: Limit);
        await ResultAsync(world, run);
        var length = (await world.LogAsync(run.RunId)).Count;

        var answers = await AnswersAsync(world, run.RunId);

        answers.Select(answer => answer.Code).Distinct().Should().BeEquivalentTo(Owned, Conflict, "404 HOOK_NOT_FOUND");
        answers.Where(answer => answer.Code != Owned).Select(answer => answer.Event).Should().Equal(
            "RunPaused", "RunResumed", "AttributesSet", "HookReceived", "RunCancelled");
        (await world.LogAsync(run.RunId)).Should().HaveCount(length);
        await world.ShouldBeSoundAsync();
    }

    /// <summary>A run with a step in each state, a hook and a wait.</summary>
    private async Task<string> OpenAsync(World world)
    {
        var runId = await world.RunningAsync();
        foreach (var stepId in (string[])["step_pending", "step_running", "step_other", "step_retrying", "step_ended"])
        {
            await world.AddAsync(runId, new WorkflowEventData.StepCreated(stepId, "charge", null));
            if (stepId != "step_pending")
            {
                await world.AddAsync(runId, new WorkflowEventData.StepStarted(stepId));
            }
        }

        await world.AddAsync(runId, new WorkflowEventData.StepRetrying("step_retrying", null));
        await world.AddAsync(runId, new WorkflowEventData.StepCompleted("step_ended", null));
        await world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_1", "token"));
        await world.AddAsync(runId, new WorkflowEventData.WaitCreated("wait_1", Clock.GetUtcNow()));
        return runId;
    }

    /// <summary>Sends everything that can be sent, and says what became of each.</summary>
    private static async Task<List<(string Event, string Code)>> AnswersAsync(World world, string runId)
    {
        var created = new WorkflowEventData.StepCreated("step_new", "charge", null);
        WorkflowEventData[] all =
        [
            new WorkflowEventData.RunStarted(),
            new WorkflowEventData.RunPaused(),
            new WorkflowEventData.RunResumed(),
            new WorkflowEventData.AttributesSet(new Dictionary<string, string?> { ["a"] = "1" }),
            created,
            new WorkflowEventData.StepStarted("step_new") { Created = created },
            .. Started("step_pending", "step_running", "step_retrying", "step_ended", "step_missing"),
            new WorkflowEventData.StepRetrying("step_pending", null),
            new WorkflowEventData.StepRetrying("step_running", null),
            new WorkflowEventData.StepCompleted("step_pending", null),
            new WorkflowEventData.StepFailed("step_retrying", null),
            new WorkflowEventData.StepCompleted("step_ended", null),
            new WorkflowEventData.HookCreated("hook_2", "other token"),
            new WorkflowEventData.HookReceived("hook_1", null),
            new WorkflowEventData.HookDisposed("hook_1"),
            new WorkflowEventData.WaitCreated("wait_2", default),
            new WorkflowEventData.WaitCompleted("wait_1"),
            new WorkflowEventData.StepCompleted("step_running", null),
            new WorkflowEventData.StepFailed("step_other", null),
            new WorkflowEventData.StepStarted("step_running"),
            new WorkflowEventData.StepCompleted("step_running", null),
            .. Ends.Values,
        ];
        var answers = new List<(string, string)>();
        foreach (var data in all)
        {
            answers.Add((NameOf(data), await CodeAsync(world, runId, data)));
        }

        return answers;
    }

    private static IEnumerable<WorkflowEventData> Started(params string[] stepIds) =>
        stepIds.Select(stepId => new WorkflowEventData.StepStarted(stepId));

    private static string NameOf(WorkflowEventData data) => data switch
    {
        WorkflowEventData.StepStarted e => $"StepStarted {e.StepId}",
        WorkflowEventData.StepRetrying e => $"StepRetrying {e.StepId}",
        WorkflowEventData.StepCompleted e => $"StepCompleted {e.StepId}",
        WorkflowEventData.StepFailed e => $"StepFailed {e.StepId}",
        _ => data.GetType().Name,
    };
}
