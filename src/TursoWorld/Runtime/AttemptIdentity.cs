namespace TursoWorld.Runtime;

/// <summary>Which attempt of which step of which run. The number is kept: that of the step goes on.</summary>
internal sealed record AttemptIdentity(string RunId, StepRequest Step, int Number);
