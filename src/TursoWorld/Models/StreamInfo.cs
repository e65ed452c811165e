namespace TursoWorld;

/// <summary>How far a stream has come.</summary>
/// <param name="TailIndex">The index of its last chunk; -1 when it has none.</param>
/// <param name="IsDone">Whether it is closed.</param>
public sealed record StreamInfo(long TailIndex, bool IsDone);
