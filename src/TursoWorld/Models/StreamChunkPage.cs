namespace TursoWorld;

/// <summary>Part of what a stream has.</summary>
/// <param name="Chunks">The chunks.</param>
/// <param name="IsDone">Whether the stream was closed when they were read: what is behind the last page is all there will be.</param>
public sealed record StreamChunkPage(Page<StreamChunk> Chunks, bool IsDone);
