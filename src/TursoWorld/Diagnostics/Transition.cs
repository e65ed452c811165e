namespace TursoWorld.Diagnostics;

/// <summary>Something that happened, told after it was committed.</summary>
/// <param name="Kind">What.</param>
/// <param name="Subject">The id of the run, message or worker it happened to.</param>
/// <param name="Detail">The step, reason or position, where there is one.</param>
internal readonly record struct Transition(TransitionKind Kind, string Subject, string? Detail = null);
