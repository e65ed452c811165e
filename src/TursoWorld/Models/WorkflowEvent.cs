using System.Collections.ObjectModel;
using System.Text.Json;

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

    /// <summary>When whoever wrote the event says it happened; null unless they said so. Nothing depends on it.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The request in which the event was written, by the name that whoever wrote it gave; null unless they did.</summary>
    public string? RequestId { get; init; }

    /// <summary>Whether a foreign runtime writes it: its errors are bytes, its steps wait for an attempt, and its hooks receive more than once.</summary>
    internal bool IsForeign { get; init; }

    /// <summary>Public identifier of the event, unique within its run: <c>evnt_</c> and the position as 26 digits.</summary>
    public string EventId => $"evnt_{Position:D26}";

    /// <summary>The run was stored.</summary>
    /// <param name="Input">Serialized input; null when the workflow takes none.</param>
    public sealed record RunCreated(ReadOnlyMemory<byte>? Input) : WorkflowEvent
    {
        /// <summary>The deployment that the run belongs to; null unless a foreign runtime gave one.</summary>
        public string? DeploymentId { get; init; }

        /// <summary>What a foreign runtime keeps about the run, a JSON value; null when it gave none.</summary>
        public JsonElement? ExecutionContext { get; init; }

        /// <summary>The run that this one goes on for; null when it is the first.</summary>
        public string? ContinuedFromRunId { get; init; }

        /// <summary>The attributes that the run began with.</summary>
        public IReadOnlyDictionary<string, string> Attributes { get; init; } = ReadOnlyDictionary<string, string>.Empty;
    }

    /// <summary>The first turn of the run was taken.</summary>
    public sealed record RunStarted : WorkflowEvent;

    /// <summary>The workflow returned.</summary>
    /// <param name="Output">Serialized result; null when the workflow has none.</param>
    public sealed record RunCompleted(ReadOnlyMemory<byte>? Output) : WorkflowEvent
    {
        /// <summary>The run that goes on in place of this one, which then has no result of its own; null when there is none.</summary>
        public string? ContinuedToRunId { get; init; }
    }

    /// <summary>The workflow threw, or the engine gave the run up.</summary>
    /// <param name="Error">Why.</param>
    public sealed record RunFailed(StructuredError Error) : WorkflowEvent
    {
        /// <summary>The code that a foreign runtime gave with the error.</summary>
        internal string? Code { get; init; }

        /// <summary>The error as it was written, in the format of the runtime that wrote it.</summary>
        public ReadOnlyMemory<byte>? ErrorPayload { get; init; }
    }

    /// <summary>The run was cancelled, from outside or by its workflow.</summary>
    /// <param name="Reason">Why, in words; null when nobody said.</param>
    public sealed record RunCancelled(string? Reason) : WorkflowEvent
    {
        /// <summary><c>WORKFLOW_CANCELLED</c> when the workflow itself did it; null when it was cancelled from outside.</summary>
        public string? Code { get; init; }
    }

    /// <summary>The run was told to pause: it begins no step and no turn until it is resumed.</summary>
    public sealed record RunPaused : WorkflowEvent;

    /// <summary>The run was told to go on.</summary>
    public sealed record RunResumed : WorkflowEvent;

    /// <summary>Attributes of the run were set or removed.</summary>
    /// <param name="Changes">New values; null removes.</param>
    /// <param name="Writer">Who did so.</param>
    public sealed record AttributesSet(IReadOnlyDictionary<string, string?> Changes, AttributeWriter Writer) : WorkflowEvent
    {
        /// <summary>Identifies the change within the run; null when a step made it.</summary>
        public string? AttributeId { get; init; }

        /// <summary>Whether the code of a workflow of this library asked for it, and not somebody outside.</summary>
        internal bool IsByCode { get; init; }
    }

    /// <summary>The workflow remembers a value by name, or forgets it.</summary>
    /// <param name="Key">The name.</param>
    /// <param name="Value">The serialized value; null forgets it.</param>
    public sealed record StateSet(string Key, ReadOnlyMemory<byte>? Value) : WorkflowEvent;

    /// <summary>The workflow asked for a step.</summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="StepName">Name given in the code.</param>
    public sealed record StepCreated(string StepId, string StepName) : WorkflowEvent
    {
        /// <summary>Serialized input; null for steps of this library's runtime that have no definition: their code holds its inputs.</summary>
        public ReadOnlyMemory<byte>? Input { get; init; }

        /// <summary>Name of the workflow; null unless a foreign runtime gave it.</summary>
        public string? WorkflowName { get; init; }

        /// <summary>Who executes the step.</summary>
        public StepMode Mode { get; init; }

        /// <summary>With an inline step: whether there was no slot for its first attempt, which begins later.</summary>
        internal bool AwaitsSlot { get; init; }

        /// <summary>Whether the first attempt begins with this event.</summary>
        internal bool IsBegun => Mode == StepMode.Inline && !AwaitsSlot && !IsForeign;

        /// <summary>With a queued step: the options that the call gave, as JSON; null when it gave none.</summary>
        internal JsonElement? Options { get; init; }
    }

    /// <summary>
    /// An attempt of a step began. The first attempt of a step that its run executes itself (<see cref="StepMode.Inline"/>) begins
    /// with <see cref="StepCreated"/>, and has no event of its own, when there is a slot for it at once.
    /// </summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="Attempt">The number of the attempt, counted from 1.</param>
    public sealed record StepStarted(string StepId, int Attempt) : WorkflowEvent
    {
        /// <summary>The message in whose name a foreign runtime executes the attempt; null when it named none.</summary>
        public string? OwnerMessageId { get; init; }

        /// <summary>Name of the step; null unless a foreign runtime gave it.</summary>
        public string? StepName { get; init; }

        /// <summary>Name of the workflow; null unless a foreign runtime gave it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>A step ended with a result.</summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="Output">Serialized result; null when the step has none.</param>
    public sealed record StepCompleted(string StepId, ReadOnlyMemory<byte>? Output) : WorkflowEvent
    {
        /// <summary>Whether the step may have reported progress, which is of no use any more.</summary>
        internal bool HasReported { get; init; }

        /// <summary>What a foreign runtime has measured, as it gave it; null when it gave nothing.</summary>
        public JsonElement? Telemetry { get; init; }

        /// <summary>Name of the step; null unless a foreign runtime gave it.</summary>
        public string? StepName { get; init; }

        /// <summary>Name of the workflow; null unless a foreign runtime gave it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>A step ended with an error.</summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="Error">Why the last attempt failed.</param>
    public sealed record StepFailed(string StepId, StructuredError Error) : WorkflowEvent
    {
        /// <summary>The error as it was written, in the format of the runtime that wrote it.</summary>
        public ReadOnlyMemory<byte>? ErrorPayload { get; init; }

        /// <summary>What a foreign runtime has measured, as it gave it; null when it gave nothing.</summary>
        public JsonElement? Telemetry { get; init; }

        /// <summary>Name of the step; null unless a foreign runtime gave it.</summary>
        public string? StepName { get; init; }

        /// <summary>Name of the workflow; null unless a foreign runtime gave it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>
    /// The workflow's code gave a step up: nobody waits for its result, and no further attempt begins. When the step has an end in
    /// the log already, the code had decided before it knew, and this changes nothing.
    /// </summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    public sealed record StepCancelled(string StepId) : WorkflowEvent;

    /// <summary>An attempt of a step ended, and another one will follow.</summary>
    /// <param name="StepId">Identifies the step within the run.</param>
    /// <param name="Attempt">Attempts so far. An attempt that a shutdown cut short is not among them.</param>
    /// <param name="RetryAfter">When the next attempt is due; null when it may begin at once.</param>
    /// <param name="Error">
    /// Why the attempt failed; <c>STEP_INTERRUPTED</c> when its process went away, null when a shutdown cut it short.
    /// </param>
    public sealed record StepRetrying(string StepId, int Attempt, DateTimeOffset? RetryAfter, StructuredError? Error)
        : WorkflowEvent
    {
        /// <summary>The error as it was written, in the format of the runtime that wrote it.</summary>
        public ReadOnlyMemory<byte>? ErrorPayload { get; init; }

        /// <summary>Those among the attempts whose process went away.</summary>
        internal int Interruptions { get; init; }

        /// <summary>Name of the step; null unless a foreign runtime gave it.</summary>
        public string? StepName { get; init; }

        /// <summary>Name of the workflow; null unless a foreign runtime gave it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>The workflow began a durable sleep.</summary>
    /// <param name="WaitId">Identifies the wait within the run.</param>
    /// <param name="ResumeAt">When the run goes on.</param>
    public sealed record WaitCreated(string WaitId, DateTimeOffset ResumeAt) : WorkflowEvent;

    /// <summary>A durable sleep ended.</summary>
    /// <param name="WaitId">Identifies the wait within the run.</param>
    public sealed record WaitCompleted(string WaitId) : WorkflowEvent
    {
        /// <summary>When the wait was to be over; null unless a foreign runtime said so. The wait itself has it, too.</summary>
        public DateTimeOffset? ResumeAt { get; init; }
    }

    /// <summary>The workflow's code gave a sleep up; when it had ended already, this changes nothing.</summary>
    /// <param name="WaitId">Identifies the wait within the run.</param>
    public sealed record WaitCancelled(string WaitId) : WorkflowEvent;

    /// <summary>The workflow registered a hook.</summary>
    /// <param name="HookId">Identifies the hook within the run.</param>
    /// <param name="Token">The name under which the outside reaches it.</param>
    public sealed record HookCreated(string HookId, string Token) : WorkflowEvent
    {
        /// <summary>Serialized metadata; null when there is none.</summary>
        public ReadOnlyMemory<byte>? Metadata { get; init; }

        /// <summary>Whether requests from the web may reach it; null unless a foreign runtime said so.</summary>
        public bool? IsWebhook { get; init; }

        /// <summary>Whether it belongs to a foreign runtime itself; null unless that said so.</summary>
        public bool? IsSystem { get; init; }
    }

    /// <summary>The workflow asked for a hook whose token another hook held; no hook was registered.</summary>
    /// <param name="HookId">Identifies the hook within the run.</param>
    /// <param name="Token">The token that was taken.</param>
    public sealed record HookConflict(string HookId, string Token) : WorkflowEvent
    {
        /// <summary>The run whose hook held the token.</summary>
        public string? ConflictingRunId { get; init; }
    }

    /// <summary>The outside sent a payload to a hook. A hook of this library's runtime is used up by that, and its token is free.</summary>
    /// <param name="HookId">Identifies the hook within the run.</param>
    /// <param name="Payload">Serialized payload.</param>
    public sealed record HookReceived(string HookId, ReadOnlyMemory<byte>? Payload) : WorkflowEvent
    {
        /// <summary>The token under which the hook was reached; null unless a foreign runtime gave it.</summary>
        public string? Token { get; init; }
    }

    /// <summary>A hook was given up; its token is free.</summary>
    /// <param name="HookId">Identifies the hook within the run.</param>
    public sealed record HookDisposed(string HookId) : WorkflowEvent
    {
        /// <summary>The token that has become free; null unless a foreign runtime gave it.</summary>
        public string? Token { get; init; }
    }

    /// <summary>The workflow began another run. It was stored in the same commit.</summary>
    /// <param name="ChildId">Identifies the child within the run.</param>
    /// <param name="RunId">The run that was begun; there is none when the code gave the child up at once.</param>
    /// <param name="WorkflowName">What it executes.</param>
    /// <param name="WorkflowVersion">In which version.</param>
    public sealed record ChildStarted(string ChildId, string RunId, string WorkflowName, int WorkflowVersion) : WorkflowEvent
    {
        /// <summary>What becomes of the child when this run ends before it.</summary>
        public ParentClosePolicy ParentClosePolicy { get; init; }
    }

    /// <summary>A child ended. If it continued as other runs, this is about the last of them.</summary>
    /// <param name="ChildId">Identifies the child within the run.</param>
    /// <param name="RunId">The run that ended.</param>
    /// <param name="Status"><see cref="RunStatus.Completed"/>, <see cref="RunStatus.Failed"/> or <see cref="RunStatus.Cancelled"/>.</param>
    public sealed record ChildEnded(string ChildId, string RunId, RunStatus Status) : WorkflowEvent
    {
        /// <summary>Serialized result of a child that completed; null when it has none.</summary>
        public ReadOnlyMemory<byte>? Output { get; init; }

        /// <summary>Why the child failed; null unless it did.</summary>
        public StructuredError? Error { get; init; }

        /// <summary>Why the child was cancelled, if whoever cancelled it said so.</summary>
        public string? CancelReason { get; init; }
    }

    /// <summary>
    /// The workflow's code gave a child up: nobody waits for its result, and it is cancelled unless it was to be abandoned. When it had
    /// ended already, this changes nothing.
    /// </summary>
    /// <param name="ChildId">Identifies the child within the run.</param>
    public sealed record ChildCancelled(string ChildId) : WorkflowEvent;
}
