using System.Diagnostics;
using TursoWorld.Log;

namespace TursoWorld.Contract;

/// <summary>Events from outside as events of a log. Their positions are given when they are appended.</summary>
internal static class NewEvents
{
    /// <param name="data">What to record.</param>
    /// <param name="log">The log so far; null where the event does not depend on it.</param>
    /// <param name="options">What is given along.</param>
    /// <param name="now">When.</param>
    /// <returns>One, or two for a step that is stored and begun.</returns>
    public static IReadOnlyList<WorkflowEvent> Of(WorkflowEventData data, RunState? log, CreateEventOptions options, DateTimeOffset now)
    {
        List<WorkflowEvent> events = data is WorkflowEventData.StepStarted { Created: { } created }
            ? [Of(created, now), Of(data, now)]
            : [Of(data, now)];
        var attempt = EventSubject.Of(data) is { Kind: EventSubjectKind.Step, Id: { } stepId } ? log?.Steps.Find(stepId)?.Attempt ?? 0 : 0;
        return events.ConvertAll(written => Number(written, attempt) with
        {
            IsForeign = true,
            OccurredAt = options.OccurredAt,
            RequestId = options.RequestId,
        });
    }

    /// <summary>The first event of a run.</summary>
    public static WorkflowEvent.RunCreated Of(WorkflowEventData.RunCreated e, CreateEventOptions options, DateTimeOffset now) =>
        (WorkflowEvent.RunCreated)Of(e, null, options, now)[0];

    private static WorkflowEvent Number(WorkflowEvent written, int attempt) => written switch
    {
        WorkflowEvent.StepStarted e => e with { Attempt = attempt + 1 },
        WorkflowEvent.StepRetrying e => e with { Attempt = attempt },
        _ => written,
    };

    private static WorkflowEvent Of(WorkflowEventData data, DateTimeOffset now) => data switch
    {
        WorkflowEventData.RunCreated e => new WorkflowEvent.RunCreated(e.Input)
        {
            Position = 1,
            CreatedAt = now,
            DeploymentId = e.DeploymentId,
            ExecutionContext = e.ExecutionContext,
            Attributes = e.Attributes,
        },
        WorkflowEventData.RunStarted => new WorkflowEvent.RunStarted { Position = 0, CreatedAt = now },
        WorkflowEventData.RunCompleted e => new WorkflowEvent.RunCompleted(e.Output) { Position = 0, CreatedAt = now },
        WorkflowEventData.RunFailed e => new WorkflowEvent.RunFailed(StoredError.Read(e.Error, e.ErrorCode))
        { Position = 0, CreatedAt = now, Code = e.ErrorCode, ErrorPayload = e.Error },
        WorkflowEventData.RunCancelled e => new WorkflowEvent.RunCancelled(e.Reason) { Position = 0, CreatedAt = now },
        WorkflowEventData.RunPaused => new WorkflowEvent.RunPaused { Position = 0, CreatedAt = now },
        WorkflowEventData.RunResumed => new WorkflowEvent.RunResumed { Position = 0, CreatedAt = now },
        WorkflowEventData.AttributesSet e => new WorkflowEvent.AttributesSet(e.Changes, e.Writer)
        { Position = 0, CreatedAt = now, AttributeId = e.AttributeId },
        WorkflowEventData.WaitCreated e => new WorkflowEvent.WaitCreated(e.WaitId, e.ResumeAt) { Position = 0, CreatedAt = now },
        WorkflowEventData.WaitCompleted e => new WorkflowEvent.WaitCompleted(e.WaitId)
        { Position = 0, CreatedAt = now, ResumeAt = e.ResumeAt },
        WorkflowEventData.HookCreated e => new WorkflowEvent.HookCreated(e.HookId, e.Token)
        { Position = 0, CreatedAt = now, Metadata = e.Metadata, IsWebhook = e.IsWebhook, IsSystem = e.IsSystem },
        WorkflowEventData.HookReceived e => new WorkflowEvent.HookReceived(e.HookId, e.Payload)
        { Position = 0, CreatedAt = now, Token = e.Token },
        WorkflowEventData.HookDisposed e => new WorkflowEvent.HookDisposed(e.HookId) { Position = 0, CreatedAt = now, Token = e.Token },
        _ => OfStep(data, now),
    };

    private static WorkflowEvent OfStep(WorkflowEventData data, DateTimeOffset now) => data switch
    {
        WorkflowEventData.StepCreated e => new WorkflowEvent.StepCreated(e.StepId, e.StepName)
        { Position = 0, CreatedAt = now, Input = e.Input, WorkflowName = e.WorkflowName },
        WorkflowEventData.StepStarted e => new WorkflowEvent.StepStarted(e.StepId, Attempt: 0)
        { Position = 0, CreatedAt = now, OwnerMessageId = e.OwnerMessageId, StepName = e.StepName, WorkflowName = e.WorkflowName },
        WorkflowEventData.StepCompleted e => new WorkflowEvent.StepCompleted(e.StepId, e.Output)
        { Position = 0, CreatedAt = now, Telemetry = e.Telemetry, StepName = e.StepName, WorkflowName = e.WorkflowName },
        WorkflowEventData.StepFailed e => new WorkflowEvent.StepFailed(e.StepId, StoredError.Read(e.Error))
        {
            Position = 0,
            CreatedAt = now,
            ErrorPayload = e.Error,
            Telemetry = e.Telemetry,
            StepName = e.StepName,
            WorkflowName = e.WorkflowName,
        },
        WorkflowEventData.StepRetrying e => new WorkflowEvent.StepRetrying(
            e.StepId, Attempt: 0, e.RetryAfter, e.Error is null ? null : StoredError.Read(e.Error))
        {
            Position = 0,
            CreatedAt = now,
            ErrorPayload = e.Error,
            StepName = e.StepName,
            WorkflowName = e.WorkflowName,
        },
        _ => throw new UnreachableException(),
    };
}
