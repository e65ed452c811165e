namespace TursoWorld.Abstractions;

/// <summary>How a run ended.</summary>
internal sealed record RunOutcome(RunStatus Status, ReadOnlyMemory<byte>? Output, StructuredError? Error);
