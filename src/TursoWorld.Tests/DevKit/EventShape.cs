using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TursoWorld.Tests.DevKit;

/// <summary>Events as the foreign runtime writes and reads them.</summary>
internal static class EventShape
{
    public static WorkflowEventData ToData(JsonElement request)
    {
        var id = request.TextOrNull("correlationId")!; // the library refuses an event that lacks the id of its subject
        var data = request.Find("eventData") ?? default;
        return request.Text("eventType") switch
        {
            "run_created" => ToRun(request, data),
            "run_started" => new WorkflowEventData.RunStarted { Created = IsWholeRun(data) ? ToRun(request, data) : null },
            "run_completed" => new WorkflowEventData.RunCompleted(data.BytesOrNull("output")),
            "run_failed" => new WorkflowEventData.RunFailed(data.BytesOrNull("error")) { ErrorCode = data.TextOrNull("errorCode") },
            "run_cancelled" => new WorkflowEventData.RunCancelled(data.TextOrNull("cancelReason")),
            "attr_set" => ToAttributes(id, data),
            "step_created" => ToStep(id, data),
            "step_started" => new WorkflowEventData.StepStarted(id)
            {
                Created = data.Find("stepName") is not null && data.Find("input") is not null
                    ? ToStep(id, data)
                    : null,
                OwnerMessageId = data.TextOrNull("ownerMessageId"),
                StepName = data.TextOrNull("stepName"),
                WorkflowName = data.TextOrNull("workflowName"),
            },
            "step_completed" => new WorkflowEventData.StepCompleted(id, data.BytesOrNull("result"))
            {
                StepName = data.TextOrNull("stepName"),
                WorkflowName = data.TextOrNull("workflowName"),
            },
            "step_failed" => new WorkflowEventData.StepFailed(id, data.BytesOrNull("error"))
            {
                StepName = data.TextOrNull("stepName"),
                WorkflowName = data.TextOrNull("workflowName"),
            },
            "step_retrying" => new WorkflowEventData.StepRetrying(id, data.BytesOrNull("error"))
            {
                RetryAfter = data.InstantOrNull("retryAfter"),
                StepName = data.TextOrNull("stepName"),
                WorkflowName = data.TextOrNull("workflowName"),
            },
            "hook_created" => new WorkflowEventData.HookCreated(id, data.Text("token"))
            {
                Metadata = data.BytesOrNull("metadata"),
                IsWebhook = data.FlagOrNull("isWebhook"),
                IsSystem = data.FlagOrNull("isSystem"),
            },
            "hook_received" => new WorkflowEventData.HookReceived(id, data.BytesOrNull("payload")) { Token = data.TextOrNull("token") },
            "hook_disposed" => new WorkflowEventData.HookDisposed(id) { Token = data.TextOrNull("token") },
            "wait_created" => new WorkflowEventData.WaitCreated(id, data.InstantOrNull("resumeAt") ?? default),
            "wait_completed" => new WorkflowEventData.WaitCompleted(id) { ResumeAt = data.InstantOrNull("resumeAt") },
            var type => throw new ArgumentException($"Events of type '{type}' cannot be created."),
        };
    }

    /// <param name="workflowName">What the foreign log has in its first event, and the library with the run.</param>
    public static JsonObject ToNode(string runId, WorkflowEvent e, string workflowName)
    {
        var (type, id, data) = Split(e, workflowName);
        return Wire.Object(
            ("eventType", type),
            ("correlationId", id),
            ("runId", runId),
            ("eventId", e.EventId),
            ("createdAt", Wire.ToNode(e.CreatedAt)),
            ("occurredAt", Wire.ToNode(e.OccurredAt)),
            ("eventData", data));
    }

    private static (string Type, string? Id, JsonObject? Data) Split(WorkflowEvent recorded, string workflowName) => recorded switch
    {
        WorkflowEvent.RunCreated e => ("run_created", null, Wire.Object(
            ("deploymentId", e.DeploymentId),
            ("workflowName", workflowName),
            ("input", Wire.ToNode(e.Input)),
            ("executionContext", Wire.ToNode(e.ExecutionContext)),
            ("attributes", e.Attributes.Count > 0 ? Wire.ToNode(e.Attributes) : null))),
        WorkflowEvent.RunStarted => ("run_started", null, null),
        WorkflowEvent.RunCompleted e => ("run_completed", null, Wire.Object(("output", Wire.ToNode(e.Output)))),
        WorkflowEvent.RunFailed e => ("run_failed", null, Wire.Object(
            ("error", Wire.ToNode(e.ErrorPayload)), ("errorCode", e.Error.Code))),
        WorkflowEvent.RunCancelled e => ("run_cancelled", null, Wire.Object(("cancelReason", e.Reason))),
        WorkflowEvent.AttributesSet e => ("attr_set", e.AttributeId, Wire.Object(
            ("changes", new JsonArray([.. e.Changes.Select(ToChange)])), ("writer", ToWriter(e.Writer)))),
        WorkflowEvent.WaitCreated e => ("wait_created", e.WaitId, Wire.Object(("resumeAt", Wire.ToNode(e.ResumeAt)))),
        WorkflowEvent.WaitCompleted e => ("wait_completed", e.WaitId, Given(("resumeAt", Wire.ToNode(e.ResumeAt)))),
        _ => SplitOfStepOrHook(recorded),
    };

    private static (string Type, string? Id, JsonObject? Data) SplitOfStepOrHook(WorkflowEvent recorded) => recorded switch
    {
        WorkflowEvent.StepCreated e => ("step_created", e.StepId, Wire.Object(
            ("stepName", e.StepName), ("workflowName", e.WorkflowName), ("input", Wire.ToNode(e.Input)))),
        WorkflowEvent.StepStarted e => ("step_started", e.StepId, Wire.Object(
            ("attempt", e.Attempt), ("ownerMessageId", e.OwnerMessageId), ("stepName", e.StepName), ("workflowName", e.WorkflowName))),
        WorkflowEvent.StepCompleted e => ("step_completed", e.StepId, Wire.Object(
            ("result", Wire.ToNode(e.Output)), ("stepName", e.StepName), ("workflowName", e.WorkflowName))),
        WorkflowEvent.StepFailed e => ("step_failed", e.StepId, Wire.Object(
            ("error", Wire.ToNode(e.ErrorPayload)), ("stepName", e.StepName), ("workflowName", e.WorkflowName))),
        WorkflowEvent.StepRetrying e => ("step_retrying", e.StepId, Wire.Object(
            ("error", Wire.ToNode(e.ErrorPayload)), ("retryAfter", Wire.ToNode(e.RetryAfter)), ("stepName", e.StepName), ("workflowName", e.WorkflowName))),
        WorkflowEvent.HookCreated e => ("hook_created", e.HookId, Wire.Object(
            ("token", e.Token),
            ("metadata", Wire.ToNode(e.Metadata)),
            ("isWebhook", e.IsWebhook),
            ("isSystem", e.IsSystem))),
        WorkflowEvent.HookConflict e => ("hook_conflict", e.HookId, Wire.Object(
            ("token", e.Token), ("conflictingRunId", e.ConflictingRunId))),
        WorkflowEvent.HookReceived e => ("hook_received", e.HookId, Wire.Object(
            ("payload", Wire.ToNode(e.Payload)), ("token", e.Token))),
        WorkflowEvent.HookDisposed e => ("hook_disposed", e.HookId, Given(("token", e.Token))),
        _ => throw new UnreachableException($"The contract has no event {recorded.GetType().Name}."),
    };

    /// <summary>A start may carry everything that its run is made of, in case the creation never arrived.</summary>
    private static bool IsWholeRun(JsonElement data) =>
        data.Find("input") is not null && data.Find("deploymentId") is not null && data.Find("workflowName") is not null;

    /// <summary>What may be left out altogether.</summary>
    private static JsonObject? Given((string, JsonNode?) value) => value.Item2 is null ? null : Wire.Object(value);

    private static WorkflowEventData.StepCreated ToStep(string id, JsonElement data) =>
        new(id, data.Text("stepName"), data.BytesOrNull("input")) { WorkflowName = data.TextOrNull("workflowName") };

    private static WorkflowEventData.RunCreated ToRun(JsonElement request, JsonElement data) =>
        new(data.Text("workflowName"), data.BytesOrNull("input"))
        {
            DeploymentId = data.TextOrNull("deploymentId"),
            ExecutionContext = data.Find("executionContext")?.Clone(),
            Attributes = data.MapOrNull<string>("attributes") ?? [],
            AllowReservedAttributes = data.Flag("allowReservedAttributes"),
            SpecVersion = request.NumberOrNull("specVersion") ?? 1, // whoever says nothing speaks the first version
        };

    private static WorkflowEventData.AttributesSet ToAttributes(string? id, JsonElement data)
    {
        var writer = data.GetProperty("writer");
        var changes = data.GetProperty("changes").EnumerateArray();
        return new(changes.ToDictionary(change => change.Text("key"), change => change.TextOrNull("value")))
        {
            AttributeId = id,
            Writer = new AttributeWriter(writer.TextOrNull("stepId"), writer.NumberOrNull("attempt")),
            AllowReservedAttributes = data.Flag("allowReservedAttributes"),
        };
    }

    /// <summary>A value that is removed is null, not absent.</summary>
    private static JsonObject ToChange(KeyValuePair<string, string?> change) =>
        new() { ["key"] = change.Key, ["value"] = change.Value };

    private static JsonObject ToWriter(AttributeWriter writer) => Wire.Object(
        ("type", writer.StepId is null ? "workflow" : "step"), ("stepId", writer.StepId), ("attempt", writer.Attempt));
}
