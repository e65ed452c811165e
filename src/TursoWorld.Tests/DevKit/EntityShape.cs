using System.Text.Json.Nodes;

namespace TursoWorld.Tests.DevKit;

/// <summary>
/// Runs, steps, hooks and waits as the foreign runtime reads them. It asks for facts that the library does not keep:
/// <c>updatedAt</c> is the latest instant that is known, and a hook belongs to nobody in particular.
/// </summary>
internal static class EntityShape
{
    public static JsonObject ToNode(WorkflowRun run) => Wire.Object(
        ("runId", run.RunId),
        ("status", run.Status.ToString().ToLowerInvariant()),
        ("deploymentId", run.DeploymentId),
        ("workflowName", run.WorkflowName),
        ("specVersion", run.SpecVersion),
        ("executionContext", Wire.ToNode(run.ExecutionContext)),
        ("input", Wire.ToNode(run.Input)),
        ("output", Wire.ToNode(run.Output)),
        ("error", Wire.ToNode(run.ErrorPayload)),
        ("errorCode", run.Error?.Code),
        ("attributes", Wire.ToNode(run.Attributes)),
        ("createdAt", Wire.ToNode(run.CreatedAt)),
        ("startedAt", Wire.ToNode(run.StartedAt)),
        ("completedAt", Wire.ToNode(run.CompletedAt)),
        ("updatedAt", Wire.ToNode(run.CompletedAt ?? run.StartedAt ?? run.CreatedAt)));

    public static JsonObject ToNode(WorkflowStep step) => Wire.Object(
        ("runId", step.RunId),
        ("stepId", step.StepId),
        ("stepName", step.StepName),
        ("status", step.Status.ToString().ToLowerInvariant()),
        ("attempt", step.Attempt),
        ("input", Wire.ToNode(step.Input)),
        ("output", Wire.ToNode(step.Output)),
        ("error", Wire.ToNode(step.ErrorPayload)),
        ("retryAfter", Wire.ToNode(step.RetryAfter)),
        ("createdAt", Wire.ToNode(step.CreatedAt)),
        ("startedAt", Wire.ToNode(step.StartedAt)),
        ("completedAt", Wire.ToNode(step.CompletedAt)),
        ("updatedAt", Wire.ToNode(step.CompletedAt ?? step.StartedAt ?? step.CreatedAt)));

    public static JsonObject ToNode(WorkflowHook hook) => Wire.Object(
        ("runId", hook.RunId),
        ("hookId", hook.HookId),
        ("token", hook.Token),
        ("ownerId", "nobody"),
        ("projectId", "none"),
        ("environment", "test"),
        ("metadata", Wire.ToNode(hook.Metadata)),
        ("isWebhook", hook.IsWebhook),
        ("isSystem", hook.IsSystem),
        ("specVersion", hook.SpecVersion),
        ("createdAt", Wire.ToNode(hook.CreatedAt)));

    public static JsonObject ToNode(WorkflowWait wait) => Wire.Object(
        ("runId", wait.RunId),
        ("waitId", wait.WaitId),
        ("status", wait.Status.ToString().ToLowerInvariant()),
        ("resumeAt", Wire.ToNode(wait.ResumeAt)),
        ("createdAt", Wire.ToNode(wait.CreatedAt)),
        ("completedAt", Wire.ToNode(wait.CompletedAt)),
        ("updatedAt", Wire.ToNode(wait.CompletedAt ?? wait.CreatedAt)));

    public static JsonObject ToNode<T>(Page<T> page, Func<T, JsonNode> toNode) => new()
    {
        ["data"] = new JsonArray([.. page.Items.Select(toNode)]),
        ["cursor"] = page.Cursor,
        ["hasMore"] = page.HasMore,
    };
}
