namespace TursoWorld.Tests.Runtime;

/// <summary>Features by which code records what it knows and waits for nothing, as <see cref="Features"/>.</summary>
internal static class FactFeatures
{
    public static readonly IReadOnlyDictionary<string, (WorkflowDefinition Code, History Log)> All =
        new Dictionary<string, (WorkflowDefinition, History)>
        {
            ["attributes around a step"] = (
                Features.Code(async (flow, _) =>
                {
                    flow.SetAttribute("stage", "begun");
                    var step = await Features.Step(flow, "a");
                    flow.SetAttributes(new Dictionary<string, string?> { ["stage"] = step, ["left"] = null });
                    return step;
                }),
                History.Started().Attributes(1, ("stage", "begun")).Step(2, "a").Completes(2, "b")
                    .Attributes(3, ("stage", "b"), ("left", null)).Ends("b")),
            ["attributes from outside in between"] = (
                Features.Code(async (flow, _) =>
                {
                    flow.SetAttribute("stage", "begun");
                    return await Features.Step(flow, "a");
                }),
                History.Started().ForeignAttributes("attributes_1", ("stage", "mine")).Attributes(1, ("stage", "begun"))
                    .ForeignAttributes(null, ("x", "y")).Step(2, "a").ForeignAttributes("attributes_9", ("x", null))
                    .Completes(2, "b").Ends("b")),
            ["state that is set, read and forgotten"] = (
                Features.Code(async (flow, _) =>
                {
                    flow.State.Set("count", 1);
                    flow.State.Set("name", await Features.Step(flow, "a"));
                    flow.State.Set("count", flow.State.Get<int>("count") + 1);
                    flow.State.Set("count", flow.State.Get<int>("count") + 1);
                    await Features.Step(flow, $"{string.Join(',', flow.State.Keys)} {flow.State.Get<int>("count")}");
                    flow.State.Delete("name");
                    flow.State.Delete("name");
                    return string.Join(',', flow.State.Keys);
                }),
                History.Started().Remembers("count", 1).Step(1, "a").Completes(1, "ada").Remembers("name", "ada").Remembers("count", 2)
                    .Remembers("count", 3).Step(2, "count,name 3").Completes(2, "").Forgets("name").Ends("count")),
            ["state whose value is not the recorded one"] = (
                Features.Code(async (flow, _) =>
                {
                    flow.State.Set("order", "b a");
                    await Features.Step(flow, "a");
                    return flow.State.Get<string>("order");
                }),
                History.Started().Remembers("order", "b a").Step(1, "a").Completes(1, "").Ends("b a")),
            ["attributes in a scope that was cancelled"] = (
                Features.Code(async (flow, _) =>
                {
                    await flow.ScopeAsync(scope =>
                    {
                        scope.Cancel();
                        flow.SetAttribute("cancelled", "yes");
                        return Task.CompletedTask;
                    });
                    return "";
                }),
                History.Started().Attributes(1, ("cancelled", "yes")).Ends("")),
        };
}
