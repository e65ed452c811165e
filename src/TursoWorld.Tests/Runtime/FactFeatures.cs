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
