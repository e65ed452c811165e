namespace TursoWorld;

/// <summary>
/// An entry in the log of a run. The log is the truth about the run: entries are dense, ordered, and never change.
/// </summary>
public abstract record WorkflowEvent
{
    private WorkflowEvent() { }

    /// <summary>Place in the log of the run: 1, 2, 3, … without gaps.</summary>
    public required long Position { get; init; }

    /// <summary>
    /// When the event happened, chosen once and never earlier than the event before it. This is the clock that
    /// workflow code sees. UTC, millisecond precision.
    /// </summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Public identifier of the event, unique within its run: <c>evnt_</c> and the position as 26 digits.</summary>
    public string EventId => $"evnt_{Position:D26}";

    /// <summary>The run was stored.</summary>
    /// <param name="Input">Serialized input; null when the workflow takes none.</param>
    public sealed record RunCreated(ReadOnlyMemory<byte>? Input) : WorkflowEvent;

    /// <summary>The first turn of the run was taken.</summary>
    public sealed record RunStarted : WorkflowEvent;

    /// <summary>The workflow returned.</summary>
    /// <param name="Output">Serialized result; null when the workflow has none.</param>
    public sealed record RunCompleted(ReadOnlyMemory<byte>? Output) : WorkflowEvent;

    /// <summary>The workflow threw, or the engine gave the run up.</summary>
    /// <param name="Error">Why.</param>
    public sealed record RunFailed(StructuredError Error) : WorkflowEvent;

    /// <summary>The workflow asked for a step.</summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="StepName">Name given in the code.</param>
    public sealed record StepCreated(string StepId, string StepName) : WorkflowEvent;

    /// <summary>
    /// A further attempt of a step began. The first attempt of a step that its run executes itself begins with
    /// <see cref="StepCreated"/> and has no event of its own.
    /// </summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="Attempt">The number of the attempt, counted from 1.</param>
    public sealed record StepStarted(string StepId, int Attempt) : WorkflowEvent;

    /// <summary>A step ended with a result.</summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="Output">Serialized result; null when the step has none.</param>
    public sealed record StepCompleted(string StepId, ReadOnlyMemory<byte>? Output) : WorkflowEvent;

    /// <summary>A step ended with an error.</summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="Error">Why the last attempt failed.</param>
    public sealed record StepFailed(string StepId, StructuredError Error) : WorkflowEvent;

    /// <summary>An attempt of a step ended, and another one will follow.</summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="Attempt">Attempts that count so far. An attempt that a shutdown cut short does not count.</param>
    /// <param name="RetryAfter">When the next attempt is due.</param>
    /// <param name="Error">Why the attempt failed; null when a shutdown cut it short.</param>
    public sealed record StepRetrying(string StepId, int Attempt, DateTimeOffset RetryAfter, StructuredError? Error)
        : WorkflowEvent;

    /// <summary>The workflow began a durable sleep.</summary>
    /// <param name="WaitId">Identifies the wait within the run.</param>
    /// <param name="ResumeAt">When the run goes on.</param>
    public sealed record WaitCreated(string WaitId, DateTimeOffset ResumeAt) : WorkflowEvent;

    /// <summary>A durable sleep ended.</summary>
    /// <param name="WaitId">Identifies the wait within the run.</param>
    public sealed record WaitCompleted(string WaitId) : WorkflowEvent;

    /// <summary>The workflow registered a hook.</summary>
    /// <param name="HookId">Identifies the hook within the run.</param>
    /// <param name="Token">The name under which the outside reaches it.</param>
    public sealed record HookCreated(string HookId, string Token) : WorkflowEvent;

    /// <summary>The workflow asked for a hook whose token another hook held; no hook was registered.</summary>
    /// <param name="HookId">Identifies the hook within the run.</param>
    /// <param name="Token">The token that was taken.</param>
    public sealed record HookConflict(string HookId, string Token) : WorkflowEvent;

    /// <summary>The outside sent a payload to a hook, which uses the hook up and frees its token.</summary>
    /// <param name="HookId">Identifies the hook within the run.</param>
    /// <param name="Payload">Serialized payload.</param>
    public sealed record HookReceived(string HookId, ReadOnlyMemory<byte>? Payload) : WorkflowEvent;
}
