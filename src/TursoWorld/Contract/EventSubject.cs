using System.Diagnostics;

namespace TursoWorld.Contract;

/// <summary>What kind of thing an event from outside is about.</summary>
internal enum EventSubjectKind
{
    /// <summary>The run itself.</summary>
    Run,

    /// <summary>A change of its attributes.</summary>
    Attributes,

    /// <summary>A step.</summary>
    Step,

    /// <summary>A hook.</summary>
    Hook,

    /// <summary>A wait.</summary>
    Wait,
}

/// <summary>What an event from outside is about.</summary>
/// <param name="Kind">The kind of thing.</param>
/// <param name="Id">Its id within the run; null for the run itself, and for a change of attributes that has none.</param>
internal readonly record struct EventSubject(EventSubjectKind Kind, string? Id)
{
    /// <summary>The kind, for people.</summary>
    public string Name => Kind switch
    {
        EventSubjectKind.Run => "run",
        EventSubjectKind.Attributes => "change of attributes",
        EventSubjectKind.Step => "step",
        EventSubjectKind.Hook => "hook",
        EventSubjectKind.Wait => "wait",
        _ => throw new UnreachableException(),
    };

    public static EventSubject Of(WorkflowEventData data) => data switch
    {
        WorkflowEventData.AttributesSet e => new(EventSubjectKind.Attributes, e.AttributeId),
        WorkflowEventData.StepCreated e => new(EventSubjectKind.Step, e.StepId),
        WorkflowEventData.StepStarted e => new(EventSubjectKind.Step, e.StepId),
        WorkflowEventData.StepCompleted e => new(EventSubjectKind.Step, e.StepId),
        WorkflowEventData.StepFailed e => new(EventSubjectKind.Step, e.StepId),
        WorkflowEventData.StepRetrying e => new(EventSubjectKind.Step, e.StepId),
        WorkflowEventData.HookCreated e => new(EventSubjectKind.Hook, e.HookId),
        WorkflowEventData.HookReceived e => new(EventSubjectKind.Hook, e.HookId),
        WorkflowEventData.HookDisposed e => new(EventSubjectKind.Hook, e.HookId),
        WorkflowEventData.WaitCreated e => new(EventSubjectKind.Wait, e.WaitId),
        WorkflowEventData.WaitCompleted e => new(EventSubjectKind.Wait, e.WaitId),
        _ => new(EventSubjectKind.Run, Id: null),
    };
}
