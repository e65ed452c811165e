using static TursoWorld.Tests.Runtime.Features;

namespace TursoWorld.Tests.Runtime;

/// <summary>Code with children, and code that goes on as a new run; with the whole log of a run of it.</summary>
internal static class ChildFeatures
{
    private static readonly WorkflowDefinition<string, string> Child =
        Workflow.Define<string, string>("child", (_, input) => Task.FromResult(input));

    public static readonly IReadOnlyDictionary<string, (WorkflowDefinition Code, History Log)> All =
        new Dictionary<string, (WorkflowDefinition, History)>
        {
            ["child"] = (
                Code(async (flow, input) => await flow.ChildAsync(Child, input) + await Step(flow, "after")),
                History.Started("in").Child(1, "child", heardOf: 2).ChildCompletes(1, "out ")
                    .Step(2, "after").Completes(2, "end").Ends("out end")),
            ["children side by side"] = (
                Code(async (flow, _) => string.Concat(
                    await Task.WhenAll(flow.ChildAsync(Child, "a"), flow.ChildAsync(Child, "b")))),
                History.Started().Child(1, "child", heardOf: 2).Child(2, "child", heardOf: 2)
                    .ChildCompletes(2, "2").ChildCompletes(1, "1").Ends("12")),
            ["child that is begun and waited for later"] = (
                Code(async (flow, _) =>
                {
                    var name = await Step(flow, "a");
                    var child = flow.StartChild(Child, name);
                    await flow.SleepAsync(TimeSpan.FromSeconds(10));
                    return await child.ResultAsync() + await child.ResultAsync();
                }),
                History.Started().Step(1, "a").Completes(1, "b").Child(2, "child", heardOf: 4).Wait(3, 14)
                    .ChildCompletes(2, "x").Wakes(3).Ends("xx")),
            ["child that nobody waits for"] = (
                Code((flow, _) =>
                {
                    flow.StartChild(Child, "", new() { ParentClosePolicy = ParentClosePolicy.Abandon });
                    return Step(flow, "a");
                }),
                History.Started().Child(1, "child", heardOf: 2).Step(2, "a").ChildFails(1, "unheard").Completes(2, "b").Ends("b")),
            ["failing child that is caught"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        return await flow.ChildAsync(Child, "");
                    }
                    catch (ChildFailedException failure)
                    {
                        return await Step(flow, $"{failure.Code} {failure.Error!.Message}");
                    }
                }),
                History.Started().Child(1, "child", heardOf: 2).ChildFails(1, "bad")
                    .Step(2, "CHILD_FAILED bad").Completes(2, "b").Ends("b")),
            ["failing child that nobody catches"] = (
                Code((flow, _) => flow.ChildAsync(Child, "")),
                History.Started().Child(1, "child", heardOf: 2).ChildFails(1, "bad").EndsBadly("bad")),
            ["child that is cancelled by others"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        return await flow.ChildAsync(Child, "");
                    }
                    catch (ChildFailedException failure)
                    {
                        return $"{failure.Code} {failure.CancelReason}";
                    }
                }),
                History.Started().Child(1, "child", heardOf: 2).ChildIsCancelled(1, "enough").Ends("CHILD_CANCELLED enough")),
            ["child that is cancelled with its scope"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        return await flow.WithTimeoutAsync(TimeSpan.FromSeconds(60), () => flow.ChildAsync(Child, ""));
                    }
                    catch (WorkflowTimeoutException)
                    {
                        return await Step(flow, "a");
                    }
                }),
                History.Started().Child(1, "child", heardOf: 2).Wait(2, 62).Wakes(2).CancelsChild(1)
                    .Step(3, "a").Completes(3, "b").Ends("b")),
            ["child whose end the code did not know of when it gave it up"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        return await flow.WithTimeoutAsync(TimeSpan.FromSeconds(60), () => flow.ChildAsync(Child, ""));
                    }
                    catch (WorkflowTimeoutException)
                    {
                        return await Step(flow, "a");
                    }
                }),
                History.Started().Child(1, "child", heardOf: 2).Wait(2, 62).Wakes(2).ChildCompletes(1, "late").CancelsChild(1)
                    .Step(3, "a").Completes(3, "b").Ends("b")),
            ["child that is begun and given up at once"] = (
                Code((flow, _) => flow.ScopeAsync(async scope =>
                {
                    flow.StartChild(Child, "");
                    scope.Cancel();
                    return await flow.ShieldAsync(() => Step(flow, "a"));
                })),
                History.Started().Child(1, "child", heardOf: 2).CancelsChild(1).Step(2, "a").Completes(2, "b").Ends("b")),
            ["run that goes on as a new one"] = (
                Code(async (flow, _) => throw new ContinueAsNewException(await Step(flow, "a"))),
                History.Started().Step(1, "a").Completes(1, "b").Continues(heardOf: 4)),
            ["saga that goes on as a new run keeps what it has done"] = (
                Code((flow, _) => flow.SagaAsync<string>(async saga =>
                {
                    await saga.StepAsync("a", _ => Task.CompletedTask, _ => Task.CompletedTask);
                    throw new ContinueAsNewException("next");
                })),
                History.Started().Step(1, "a").Completes(1, null).Continues(heardOf: 4)),
        };
}
