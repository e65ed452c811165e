using static TursoWorld.Tests.Runtime.Features;

namespace TursoWorld.Tests.Runtime;

/// <summary>Steps that have a definition, queued and inline: code, and the whole log of a run of it.</summary>
internal static class QueuedFeatures
{
    private static readonly StepOptions Queued = new() { Mode = StepMode.Queued };

    /// <summary>What it does is up to whoever has registered it.</summary>
    public static readonly StepDefinition<string, string> Elsewhere = Step.Define<string, string>(
        "elsewhere", (_, _) => throw new NotSupportedException(), Queued);

    private static readonly StepDefinition<string, string> Here = Step.Define<string, string>(
        "here", (_, _) => throw new NotSupportedException());

    public static readonly IReadOnlyDictionary<string, (WorkflowDefinition Code, History Log)> All =
        new Dictionary<string, (WorkflowDefinition, History)>
        {
            ["queued step"] = (
                Code((flow, input) => flow.StepAsync(Elsewhere, input)),
                History.Started("in").QueuedStep(1, "elsewhere", "in").Begins(1, 1).Completes(1, "out").Ends("out")),
            ["queued step that fails"] = (
                Code((flow, input) => flow.StepAsync(Elsewhere, input)),
                History.Started("in").QueuedStep(1, "elsewhere", "in").Begins(1, 1).Fails(1, "bad").EndsBadly("bad")),
            ["queued step that is tried again"] = (
                Code((flow, input) => flow.StepAsync(Elsewhere, input)),
                History.Started("in").QueuedStep(1, "elsewhere", "in").Begins(1, 1).Retries(1, 1, 20).Begins(1, 2)
                    .Completes(1, "out").Ends("out")),
            ["queued step that a stopping world gave back"] = (
                Code((flow, input) => flow.StepAsync(Elsewhere, input)),
                History.Started("in").QueuedStep(1, "elsewhere", "in").Begins(1, 1).Retries(1, 0, 5).Begins(1, 1)
                    .Completes(1, "out").Ends("out")),
            ["queued step that was interrupted"] = (
                Code((flow, input) => flow.StepAsync(Elsewhere, input)),
                History.Started("in").QueuedStep(1, "elsewhere", "in").Begins(1, 1).Begins(1, 2).Completes(1, "out").Ends("out")),
            ["queued step used twice"] = (
                Code(async (flow, input) => string.Concat(
                    await Task.WhenAll(flow.StepAsync(Elsewhere, input), flow.StepAsync(Elsewhere, "x")))),
                History.Started("in").QueuedStep(1, "elsewhere", "in").QueuedStep(2, "elsewhere#1", "x").Begins(2, 1).Begins(1, 1)
                    .Completes(2, "2").Completes(1, "1").Ends("12")),
            ["queued and inline steps side by side"] = (
                Code(async (flow, input) => string.Concat(await Task.WhenAll(
                    flow.StepAsync(Elsewhere, input), Step(flow, "a"), flow.StepAsync(Here, input)))),
                History.Started("in").QueuedStep(1, "elsewhere", "in").Step(2, "a").Step(3, "here").Completes(2, "2").Begins(1, 1)
                    .Retries(3, 1, 30).Completes(1, "1").Begins(3, 2).Completes(3, "3").Ends("123")),
            ["queued step that is cancelled"] = (
                CancelAfterHook(),
                History.Started().QueuedStep(1, "elsewhere", "in").Hook(2, "token").Begins(1, 1).Receives(2, "go").CancelsStep(1)
                    .Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["queued step that had ended before its cancellation was recorded"] = (
                CancelAfterHook(),
                History.Started().QueuedStep(1, "elsewhere", "in").Hook(2, "token").Receives(2, "go").Begins(1, 1).Completes(1, "late")
                    .CancelsStep(1).Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["step that is queued in the log and inline in the code"] = (
                Code((flow, input) => flow.StepAsync(Here, input)),
                History.Started("in").QueuedStep(1, "here", "in").Begins(1, 1).Completes(1, "out").Ends("out")),
            ["step that is inline in the log and queued in the code"] = (
                Code((flow, input) => flow.StepAsync(Elsewhere, input)),
                History.Started("in").Step(1, "elsewhere").Retries(1, 1, 9).Begins(1, 2).Completes(1, "out").Ends("out")),
        };

    private static WorkflowDefinition<string, string> CancelAfterHook() => Code((flow, _) => flow.ScopeAsync(async scope =>
    {
        var step = flow.StepAsync(Elsewhere, "in");
        await flow.HookAsync<string>("token");
        scope.Cancel();
        var word = "not cancelled";
        try
        {
            await step;
        }
        catch (OperationCanceledException)
        {
            word = "cancelled";
        }

        return $"{word} {await flow.ShieldAsync(() => Step(flow, "next"))}";
    }));
}
