namespace TursoWorld;

/// <summary>An event that was found by what it is about: a step, wait, hook, child, change of attributes or key of the state.</summary>
/// <param name="RunId">The run in whose log it is.</param>
/// <param name="Event">The event.</param>
public sealed record CorrelatedEvent(string RunId, WorkflowEvent Event);
