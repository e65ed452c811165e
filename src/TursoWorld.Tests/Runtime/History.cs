using System.Text.Json;

namespace TursoWorld.Tests.Runtime;

/// <summary>A log, written down by hand: one event a second.</summary>
internal sealed class History
{
    public static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<WorkflowEvent> _events = [];

    public IReadOnlyList<WorkflowEvent> Events => _events;

    /// <summary>A run that has been created and has started.</summary>
    public static History Started(object? input = null) => Created(input).Add(
        new WorkflowEvent.RunStarted { Position = 0, CreatedAt = default });

    public static History Created(object? input = null) => new History().Add(
        new WorkflowEvent.RunCreated(JsonSerializer.SerializeToUtf8Bytes(input)) { Position = 0, CreatedAt = default });

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

    public History CancelsStep(int ordinal) =>
        Add(new WorkflowEvent.StepCancelled($"step_{ordinal}") { Position = 0, CreatedAt = default });

    public History CancelsWait(int ordinal) =>
        Add(new WorkflowEvent.WaitCancelled($"wait_{ordinal}") { Position = 0, CreatedAt = default });

    public History CancelsHook(int ordinal) =>
        Add(new WorkflowEvent.HookDisposed($"hook_{ordinal}") { Position = 0, CreatedAt = default });

    public History Ends(object? output) => Add(
        new WorkflowEvent.RunCompleted(JsonSerializer.SerializeToUtf8Bytes(output))
        { Position = 0, CreatedAt = default });

    public History EndsBadly(string message) =>
        Add(new WorkflowEvent.RunFailed(Error(message)) { Position = 0, CreatedAt = default });

    public History Cancels(string reason) => Add(
        new WorkflowEvent.RunCancelled(reason) { Position = 0, CreatedAt = default, Code = ErrorCodes.WorkflowCancelled });

    private static StructuredError Error(string message) => new() { Code = ErrorCodes.UserError, Message = message };

    private History Add(WorkflowEvent source)
    {
        var position = _events.Count + 1;
        _events.Add(source with { Position = position, CreatedAt = At(position) });
        return this;
    }
}
