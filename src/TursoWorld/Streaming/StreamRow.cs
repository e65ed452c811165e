using TursoWorld.Sql;

namespace TursoWorld.Streaming;

/// <summary>A row of <c>streams</c>, and how many chunks it has.</summary>
internal sealed class StreamRow
{
    public long stream_key { get; init; }
    public bool is_closed { get; init; }
    public long tail_index { get; init; }

    public static Task<StreamRow?> FindAsync(SqlReader reader, StreamKey key) =>
        reader.QuerySingleOrDefaultAsync<StreamRow>(StreamSql.Find, new { run_id = key.RunId, stream_name = key.StreamName });
}

/// <summary>A row of <c>streams</c> that somebody waits for, and its place among those.</summary>
internal sealed class TailRow
{
    public long place { get; init; }
    public long stream_key { get; init; }
    public bool is_closed { get; init; }
    public long tail_index { get; init; }
}

/// <summary>A row of <c>stream_chunks</c>.</summary>
internal sealed class ChunkRow
{
    public long chunk_index { get; init; }
    public byte[] data { get; init; } = [];
}
