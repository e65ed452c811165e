namespace TursoWorld.Queue;

/// <summary>In whose name messages are claimed, and for how long.</summary>
internal sealed record ClaimOwner(string WorkerId, TimeSpan Lease);
