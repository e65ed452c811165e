namespace TursoWorld.Log;

/// <summary>A run whose log is read.</summary>
/// <param name="Key">What the tables refer to it by.</param>
/// <param name="IsForeign">Whether a foreign runtime drives it.</param>
internal readonly record struct LoggedRun(long Key, bool IsForeign);
