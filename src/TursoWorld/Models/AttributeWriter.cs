namespace TursoWorld;

/// <summary>Who set attributes of a run.</summary>
/// <param name="StepId">The step that did so; null when it was the workflow itself, or the outside.</param>
/// <param name="Attempt">The attempt of that step; null without a step.</param>
public sealed record AttributeWriter(string? StepId = null, int? Attempt = null);
