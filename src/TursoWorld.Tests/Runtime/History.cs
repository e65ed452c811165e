using System.Text.Json;
using TursoWorld.Runtime;

namespace TursoWorld.Tests.Runtime;

/// <summary>A log, written down by hand: one event a second.</summary>
internal sealed class History
{
    private const string AnyRunId = "wrun_01ARZ3NDEKTSV4RRFFQ69G5FAW";

    public static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<WorkflowEvent> _events = [];

    public IReadOnlyList<WorkflowEvent> Events => _events;

    /// <summary>A run that has been created and has started.</summary>
    public static History Started(object? input = null) => Created(input).Starts();

    public static History Created(object? input = null) => new History().Add(
        new WorkflowEvent.RunCreated(JsonSerializer.SerializeToUtf8Bytes(input)) { Position = 0, CreatedAt = default });

    public History Starts() => Add(new WorkflowEvent.RunStarted { Position = 0, CreatedAt = default });

    /// <summary>When the event at a position happened.</summary>
    public static DateTimeOffset At(long position) => Start.AddSeconds(position);

    public History Step(int ordinal, string name) =>
        Add(new WorkflowEvent.StepCreated($"step_{ordinal}", name) { Position = 0, CreatedAt = default });

    public History QueuedStep(int ordinal, string name, object? input = null) => Add(
        new WorkflowEvent.StepCreated($"step_{ordinal}", name)
        { Position = 0, CreatedAt = default, Mode = StepMode.Queued, Input = JsonSerializer.SerializeToUtf8Bytes(input) });

    public History Completes(int ordinal, object? output) => Add(
        new WorkflowEvent.StepCompleted($"step_{ordinal}", JsonSerializer.SerializeToUtf8Bytes(output))
        { Position = 0, CreatedAt = default });

    public History Fails(int ordinal, string message) =>
        Add(new WorkflowEvent.StepFailed($"step_{ordinal}", Error(message)) { Position = 0, CreatedAt = default });

    public History Retries(int ordinal, int attempt, int dueSeconds) => Add(
        new WorkflowEvent.StepRetrying($"step_{ordinal}", attempt, Start.AddSeconds(dueSeconds), Error("again"))
        { Position = 0, CreatedAt = default });

    public History Begins(int ordinal, int attempt) =>
        Add(new WorkflowEvent.StepStarted($"step_{ordinal}", attempt) { Position = 0, CreatedAt = default });

    public History Wait(int ordinal, int dueSeconds) => Add(
        new WorkflowEvent.WaitCreated($"wait_{ordinal}", Start.AddSeconds(dueSeconds))
        { Position = 0, CreatedAt = default });

    public History Wakes(int ordinal) =>
        Add(new WorkflowEvent.WaitCompleted($"wait_{ordinal}") { Position = 0, CreatedAt = default });

    public History Hook(int ordinal, string token) =>
        Add(new WorkflowEvent.HookCreated($"hook_{ordinal}", token) { Position = 0, CreatedAt = default });

    public History Conflicts(int ordinal, string token) =>
        Add(new WorkflowEvent.HookConflict($"hook_{ordinal}", token) { Position = 0, CreatedAt = default });

    public History Receives(int ordinal, object? payload) => Add(
        new WorkflowEvent.HookReceived($"hook_{ordinal}", JsonSerializer.SerializeToUtf8Bytes(payload))
        { Position = 0, CreatedAt = default });

    public History Attributes(int ordinal, params (string Name, string? Value)[] changes) => Add(
        new WorkflowEvent.AttributesSet(changes.ToDictionary(change => change.Name, change => change.Value), new AttributeWriter())
        { Position = 0, CreatedAt = default, AttributeId = $"attributes_{ordinal}", IsByCode = true });

    /// <summary>Somebody outside sets them, under whatever id.</summary>
    public History ForeignAttributes(string? id, params (string Name, string? Value)[] changes) => Add(
        new WorkflowEvent.AttributesSet(changes.ToDictionary(change => change.Name, change => change.Value), new AttributeWriter())
        { Position = 0, CreatedAt = default, AttributeId = id });

    public History Remembers(string key, object? value) => Add(
        new WorkflowEvent.StateSet(key, JsonSerializer.SerializeToUtf8Bytes(value)) { Position = 0, CreatedAt = default });

    public History Forgets(string key) => Add(new WorkflowEvent.StateSet(key, null) { Position = 0, CreatedAt = default });

    public History CancelsStep(int ordinal) =>
        Add(new WorkflowEvent.StepCancelled($"step_{ordinal}") { Position = 0, CreatedAt = default });

    public History CancelsWait(int ordinal) =>
        Add(new WorkflowEvent.WaitCancelled($"wait_{ordinal}") { Position = 0, CreatedAt = default });

    public History CancelsHook(int ordinal) =>
        Add(new WorkflowEvent.HookDisposed($"hook_{ordinal}") { Position = 0, CreatedAt = default });

    /// <param name="ordinal">The ordinal of the child.</param>
    /// <param name="workflowName">What it executes.</param>
    /// <param name="heardOf">The result after which the code asked for it: the id has its time.</param>
    public History Child(int ordinal, string workflowName, long heardOf) => Add(
        new WorkflowEvent.ChildStarted($"child_{ordinal}", RunIdOf($"child_{ordinal}", heardOf), workflowName, 1)
        { Position = 0, CreatedAt = default });

    public History ChildCompletes(int ordinal, object? output) => Add(
        new WorkflowEvent.ChildEnded($"child_{ordinal}", AnyRunId, RunStatus.Completed)
        { Position = 0, CreatedAt = default, Output = JsonSerializer.SerializeToUtf8Bytes(output) });

    public History ChildFails(int ordinal, string message) => Add(
        new WorkflowEvent.ChildEnded($"child_{ordinal}", AnyRunId, RunStatus.Failed)
        { Position = 0, CreatedAt = default, Error = Error(message) });

    public History ChildIsCancelled(int ordinal, string reason) => Add(
        new WorkflowEvent.ChildEnded($"child_{ordinal}", AnyRunId, RunStatus.Cancelled)
        { Position = 0, CreatedAt = default, CancelReason = reason });

    public History CancelsChild(int ordinal) =>
        Add(new WorkflowEvent.ChildCancelled($"child_{ordinal}") { Position = 0, CreatedAt = default });

    /// <param name="heardOf">The result after which the code asked for the end.</param>
    public History Continues(long heardOf) => Add(
        new WorkflowEvent.RunCompleted(null)
        { Position = 0, CreatedAt = default, ContinuedToRunId = RunIdOf("next", heardOf) });

    public History Ends(object? output) => Add(
        new WorkflowEvent.RunCompleted(JsonSerializer.SerializeToUtf8Bytes(output))
        { Position = 0, CreatedAt = default });

    public History EndsBadly(string message) =>
        Add(new WorkflowEvent.RunFailed(Error(message)) { Position = 0, CreatedAt = default });

    public History Cancels(string reason) => Add(
        new WorkflowEvent.RunCancelled(reason) { Position = 0, CreatedAt = default, Code = ErrorCodes.WorkflowCancelled });

    private static string RunIdOf(string purpose, long heardOf) => new SeededValues(Replay.Seed).RunId(At(heardOf), purpose);

    private static StructuredError Error(string message) => new() { Code = ErrorCodes.UserError, Message = message };

    private History Add(WorkflowEvent source)
    {
        var position = _events.Count + 1;
        _events.Add(source with { Position = position, CreatedAt = At(position) });
        return this;
    }
}
