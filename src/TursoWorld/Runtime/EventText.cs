namespace TursoWorld.Runtime;

/// <summary>Events in words, for whoever has to find out why code and log differ.</summary>
internal static class EventText
{
    public static string Describe(WorkflowEvent source) => source switch
    {
        WorkflowEvent.StepCreated e => $"step '{e.StepName}' ({e.StepId})",
        WorkflowEvent.StepCompleted e => $"the result of a step ({e.StepId})",
        WorkflowEvent.StepFailed e => $"the failure of a step ({e.StepId})",
        WorkflowEvent.StepStarted e => $"attempt {e.Attempt} of a step ({e.StepId})",
        WorkflowEvent.StepRetrying e => $"the failed attempt {e.Attempt} of a step ({e.StepId})",
        WorkflowEvent.AttributesSet e => Describe(e.Changes, e.AttributeId),
        WorkflowEvent.StateSet e => DescribeState(e.Key, e.Value),
        WorkflowEvent.WaitCreated e => $"a sleep ({e.WaitId})",
        WorkflowEvent.WaitCompleted e => $"the end of a sleep ({e.WaitId})",
        WorkflowEvent.HookCreated e => $"hook '{e.Token}' ({e.HookId})",
        WorkflowEvent.HookConflict e => $"hook '{e.Token}' ({e.HookId}), whose token was taken",
        WorkflowEvent.HookReceived e => $"the payload of a hook ({e.HookId})",
        WorkflowEvent.ChildStarted e => $"a child of workflow '{e.WorkflowName}' ({e.ChildId})",
        WorkflowEvent.ChildEnded e => $"the end of a child ({e.ChildId})",
        WorkflowEvent.ChildCancelled e => $"the cancellation of {e.ChildId}",
        WorkflowEvent.StepCancelled e => $"the cancellation of {e.StepId}",
        WorkflowEvent.WaitCancelled e => $"the cancellation of {e.WaitId}",
        WorkflowEvent.HookDisposed e => $"the cancellation of {e.HookId}",
        _ => source.GetType().Name,
    };

    /// <summary>A change of the state, without its value.</summary>
    public static string DescribeState(string key, ReadOnlyMemory<byte>? value) =>
        value is null ? $"state '{key}' deleted" : $"state '{key}' set";

    /// <summary>Changes of attributes.</summary>
    public static string Describe(IReadOnlyDictionary<string, string?> changes, string? attributeId)
    {
        var texts = changes.Select(change => change.Value is null ? $"'{change.Key}' removed" : $"'{change.Key}' = '{change.Value}'");
        return $"attributes {string.Join(", ", texts)} ({attributeId})";
    }
}
