using TursoWorld.Sql;

namespace TursoWorld.Streaming;

/// <summary>A stream that is asked for, whether or not it exists, and how many chunks it has.</summary>
internal class StreamRow
{
    /// <summary>The key of a stream that does not exist; keys begin at 1.</summary>
    public const long NoStream = 0;

    public long stream_key { get; init; }
    public bool is_closed { get; init; }
    public long tail_index { get; init; }

    /// <summary>Whether its run is stored.</summary>
    public bool has_run { get; init; }

    /// <summary>Whether the end of its run has closed it.</summary>
    public bool is_over { get; init; }

    public bool Exists => stream_key != NoStream;

    public bool IsDone => is_closed || is_over;

    public static async Task<StreamRow> FindAsync(SqlReader reader, StreamKey key) =>
        (await reader.QueryAsync<StreamRow>(StreamSql.Find, new { run_id = key.RunId, stream_name = key.StreamName })
            .ConfigureAwait(false))[0]; // the statement always returns a row
}

/// <summary>One of several streams that are asked for, and its place among those.</summary>
internal sealed class TailRow : StreamRow
{
    public long place { get; init; }
}

/// <summary>A row of <c>stream_chunks</c>.</summary>
internal sealed class ChunkRow
{
    public long chunk_index { get; init; }
    public byte[] data { get; init; } = [];
}
