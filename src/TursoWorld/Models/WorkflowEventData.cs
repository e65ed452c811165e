using System.Collections.ObjectModel;
using System.Text.Json;

namespace TursoWorld;

/// <summary>
/// What a foreign runtime wants recorded about a run that it drives: see <see cref="IEventStore.CreateAsync"/>. Payloads are
/// opaque bytes; absent and empty are different. Ids have 1 to 256 characters, names and tokens 1 to 1,024, none of them half of a
/// surrogate pair.
/// </summary>
public abstract record WorkflowEventData
{
    private WorkflowEventData() { }

    /// <summary>Stores a run. It has no message in the queue: whoever stores it drives it.</summary>
    /// <param name="WorkflowName">Name of the workflow: 1 to 1,024 characters.</param>
    /// <param name="Input">Serialized input.</param>
    public sealed record RunCreated(string WorkflowName, ReadOnlyMemory<byte>? Input) : WorkflowEventData
    {
        /// <summary>The deployment that the run is pinned to.</summary>
        public string? DeploymentId { get; init; }

        /// <summary>What the runtime keeps about the run: any JSON.</summary>
        public JsonElement? ExecutionContext { get; init; }

        /// <summary>Attributes that the run begins with.</summary>
        public IReadOnlyDictionary<string, string> Attributes { get; init; } = ReadOnlyDictionary<string, string>.Empty;

        /// <summary>Whether names of attributes may begin with <c>$</c>.</summary>
        public bool AllowReservedAttributes { get; init; }

        /// <summary>Version of the contract that the runtime speaks: 1 to 5. Default 5.</summary>
        public int SpecVersion { get; init; } = 5;

        /// <summary>
        /// How long the run is kept after its end: 1 second to 36,500 days, or <see cref="Timeout.InfiniteTimeSpan"/> for ever; null as
        /// <see cref="WorldOptions.Retention"/> says. Default null.
        /// </summary>
        public TimeSpan? Retention { get; init; }
    }

    /// <summary>Takes a run up. A run that is running already is returned, and nothing is recorded.</summary>
    public sealed record RunStarted : WorkflowEventData
    {
        /// <summary>
        /// Everything needed to store the run in case its creation never arrived: run and start are then recorded together.
        /// Null: a run that does not exist is an error.
        /// </summary>
        public RunCreated? Created { get; init; }
    }

    /// <summary>Ends a run with a result.</summary>
    /// <param name="Output">Serialized result.</param>
    public sealed record RunCompleted(ReadOnlyMemory<byte>? Output) : WorkflowEventData;

    /// <summary>Ends a run with an error.</summary>
    /// <param name="Error">The serialized error.</param>
    public sealed record RunFailed(ReadOnlyMemory<byte>? Error) : WorkflowEventData
    {
        /// <summary>What kind of error it is, for example <c>USER_ERROR</c>.</summary>
        public string? ErrorCode { get; init; }
    }

    /// <summary>Ends a run from outside. A run that is cancelled already stays so, and the event is recorded.</summary>
    /// <param name="Reason">Why, at most 512 characters.</param>
    public sealed record RunCancelled(string? Reason = null) : WorkflowEventData;

    /// <summary>
    /// Pauses a run, of any runtime: it begins no step and no turn until it is resumed. What is executing goes on, and hooks and
    /// timers are recorded. A run that is paused is returned, and nothing is recorded.
    /// </summary>
    public sealed record RunPaused : WorkflowEventData;

    /// <summary>Lets a paused run go on. A run that is not paused is returned, and nothing is recorded.</summary>
    public sealed record RunResumed : WorkflowEventData;

    /// <summary>
    /// Sets attributes of a run: names of 1 to 256 characters that do not begin with <c>$</c>, values of at most 256 bytes in
    /// UTF-8, at most 64 per run.
    /// </summary>
    /// <param name="Changes">New values; null removes.</param>
    public sealed record AttributesSet(IReadOnlyDictionary<string, string?> Changes) : WorkflowEventData
    {
        /// <summary>
        /// Identifies the change within the run, so that it is recorded once: 1 to 256 characters; null for changes by steps.
        /// </summary>
        public string? AttributeId { get; init; }

        /// <summary>Who sets them.</summary>
        public AttributeWriter Writer { get; init; } = new();

        /// <summary>Whether names may begin with <c>$</c>.</summary>
        public bool AllowReservedAttributes { get; init; }
    }

    /// <summary>Stores a step that is to be executed.</summary>
    /// <param name="StepId">Identifies the step within the run: 1 to 256 characters.</param>
    /// <param name="StepName">Its name: 1 to 1,024 characters.</param>
    /// <param name="Input">Serialized input.</param>
    public sealed record StepCreated(string StepId, string StepName, ReadOnlyMemory<byte>? Input) : WorkflowEventData
    {
        /// <summary>Name of the workflow, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>
    /// Begins an attempt of a step. Beginning a step again that is running is allowed: its executor may have died. A run that is
    /// over begins none.
    /// </summary>
    /// <param name="StepId">Identifies the step within the run: 1 to 256 characters.</param>
    public sealed record StepStarted(string StepId) : WorkflowEventData
    {
        /// <summary>Stores the step as well. Of several that try, exactly one does.</summary>
        public StepCreated? Created { get; init; }

        /// <summary>The message in whose name the attempt is executed: 1 to 256 characters, or null.</summary>
        public string? OwnerMessageId { get; init; }

        /// <summary>Name of the step, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? StepName { get; init; }

        /// <summary>Name of the workflow, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>
    /// Ends a step with a result. Of several that try, exactly one does. A step that was running when its run ended may still
    /// end.
    /// </summary>
    /// <param name="StepId">Identifies the step within the run: 1 to 256 characters.</param>
    /// <param name="Output">Serialized result.</param>
    public sealed record StepCompleted(string StepId, ReadOnlyMemory<byte>? Output) : WorkflowEventData
    {
        /// <summary>What the runtime has measured: a JSON object, kept with the event. Nothing depends on it.</summary>
        public JsonElement? Telemetry { get; init; }

        /// <summary>Name of the step, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? StepName { get; init; }

        /// <summary>Name of the workflow, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>Ends a step with an error.</summary>
    /// <param name="StepId">Identifies the step within the run: 1 to 256 characters.</param>
    /// <param name="Error">The serialized error.</param>
    public sealed record StepFailed(string StepId, ReadOnlyMemory<byte>? Error) : WorkflowEventData
    {
        /// <summary>What the runtime has measured: a JSON object, kept with the event. Nothing depends on it.</summary>
        public JsonElement? Telemetry { get; init; }

        /// <summary>Name of the step, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? StepName { get; init; }

        /// <summary>Name of the workflow, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>Ends an attempt that another one is to follow.</summary>
    /// <param name="StepId">Identifies the step within the run: 1 to 256 characters.</param>
    /// <param name="Error">The serialized error.</param>
    public sealed record StepRetrying(string StepId, ReadOnlyMemory<byte>? Error) : WorkflowEventData
    {
        /// <summary>Before this instant the next attempt is refused; null allows it at once.</summary>
        public DateTimeOffset? RetryAfter { get; init; }

        /// <summary>Name of the step, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? StepName { get; init; }

        /// <summary>Name of the workflow, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.</summary>
        public string? WorkflowName { get; init; }
    }

    /// <summary>
    /// Registers a hook. When another hook holds the token, a <see cref="WorkflowEvent.HookConflict"/> is recorded and
    /// returned instead.
    /// </summary>
    /// <param name="HookId">Identifies the hook within the run: 1 to 256 characters.</param>
    /// <param name="Token">The name under which the outside reaches it: 1 to 1,024 characters.</param>
    public sealed record HookCreated(string HookId, string Token) : WorkflowEventData
    {
        /// <summary>Serialized metadata.</summary>
        public ReadOnlyMemory<byte>? Metadata { get; init; }

        /// <summary>Whether requests from the web may reach it.</summary>
        public bool? IsWebhook { get; init; }

        /// <summary>Whether it belongs to the runtime itself.</summary>
        public bool? IsSystem { get; init; }
    }

    /// <summary>Sends a payload to a hook, of any runtime.</summary>
    /// <param name="HookId">Identifies the hook within the run: 1 to 256 characters.</param>
    /// <param name="Payload">Serialized payload.</param>
    public sealed record HookReceived(string HookId, ReadOnlyMemory<byte>? Payload) : WorkflowEventData
    {
        /// <summary>
        /// The token under which the hook was reached, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.
        /// </summary>
        public string? Token { get; init; }
    }

    /// <summary>Gives a hook up and frees its token.</summary>
    /// <param name="HookId">Identifies the hook within the run: 1 to 256 characters.</param>
    public sealed record HookDisposed(string HookId) : WorkflowEventData
    {
        /// <summary>
        /// The token that becomes free, 1 to 1,024 characters, kept with the event; null for none. Nothing depends on it.
        /// </summary>
        public string? Token { get; init; }
    }

    /// <summary>Begins a wait.</summary>
    /// <param name="WaitId">Identifies the wait within the run: 1 to 256 characters.</param>
    /// <param name="ResumeAt">When it is over.</param>
    public sealed record WaitCreated(string WaitId, DateTimeOffset ResumeAt) : WorkflowEventData;

    /// <summary>Ends a wait.</summary>
    /// <param name="WaitId">Identifies the wait within the run: 1 to 256 characters.</param>
    public sealed record WaitCompleted(string WaitId) : WorkflowEventData
    {
        /// <summary>When the wait was to be over, to the millisecond, kept with the event. Nothing depends on it.</summary>
        public DateTimeOffset? ResumeAt { get; init; }
    }
}
