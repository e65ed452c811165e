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
    TimeSpan? Retention);

/// <summary>A run that begins in this process, with the log it has so far.</summary>
internal sealed record StartedRun(RunIdentity Identity, ClaimedMessage Message, WorkflowEvent.RunCreated Created);
