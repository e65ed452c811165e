namespace TursoWorld;

/// <summary>A chunk of a stream.</summary>
/// <param name="Index">Its place: 0, 1, 2, … without gaps.</param>
/// <param name="Content">Its bytes; may be empty.</param>
public sealed record StreamChunk(long Index, ReadOnlyMemory<byte> Content);
