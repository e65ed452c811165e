namespace TursoWorld.Abstractions;

/// <summary>A run that is to be stored.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="Workflow">What it executes.</param>
/// <param name="Input">Serialized input.</param>
/// <param name="Attributes">What it begins with; within the limits.</param>
/// <param name="Retention">How long it is kept after its end; infinite for ever; null as the world says.</param>
internal sealed record NewRun(
    string RunId,
    WorkflowKey Workflow,
    ReadOnlyMemory<byte>? Input,
    IReadOnlyDictionary<string, string> Attributes,
    TimeSpan? Retention)
{
    /// <summary>The key that it is to be found by; null for none.</summary>
    public RunKey? Key { get; init; }
}

/// <summary>A key of the caller's own.</summary>
/// <param name="Text">What it is.</param>
/// <param name="Retention">How long it is held after the end of the run at least; infinite for ever.</param>
internal sealed record RunKey(string Text, TimeSpan Retention);

/// <summary>A run that begins in this process, with the log it has so far.</summary>
internal sealed record StartedRun(RunIdentity Identity, ClaimedMessage Message, WorkflowEvent.RunCreated Created);
