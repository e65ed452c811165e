namespace TursoWorld;

/// <summary>An event that was found by the step, wait or hook that it is about.</summary>
/// <param name="RunId">The run in whose log it is.</param>
/// <param name="Event">The event.</param>
public sealed record CorrelatedEvent(string RunId, WorkflowEvent Event);
