namespace TursoWorld.Streaming;

/// <summary>Every statement on <c>streams</c> and <c>stream_chunks</c>.</summary>
internal static class StreamSql
{
    public const string Guard = """
        -- streams.guard
        INSERT INTO guard (kind, holds)
        VALUES ('stream_open', NOT EXISTS (
            SELECT 1 FROM streams WHERE run_id = @run_id AND stream_name = @stream_name AND closed_at IS NOT NULL))
        """;

    public const string Ensure = """
        -- streams.ensure
        INSERT INTO streams (run_id, stream_name, created_at)
        VALUES (@run_id, @stream_name, @now)
        ON CONFLICT (run_id, stream_name) DO NOTHING
        """;

    public const string Append = """
        -- streams.append
        INSERT INTO stream_chunks (stream_key, chunk_index, data)
        SELECT s.stream_key, coalesce(
            (SELECT max(c.chunk_index) + 1 FROM stream_chunks AS c WHERE c.stream_key = s.stream_key), 0), @data
        FROM streams AS s
        WHERE s.run_id = @run_id AND s.stream_name = @stream_name
        RETURNING chunk_index
        """;

    public const string Close = """
        -- streams.close
        UPDATE streams
        SET closed_at = coalesce(closed_at, @now)
        WHERE run_id = @run_id AND stream_name = @stream_name
        """;

    /// <summary>Their runs are deleted, right after this. The chunks follow.</summary>
    public const string DeleteOfRuns = """
        -- streams.delete_of_runs
        DELETE FROM streams
        WHERE run_id IN (
            SELECT r.run_id
            FROM json_each(@run_keys) AS gone
            JOIN workflow_runs AS r ON r.run_key = gone.value)
        """;

    /// <summary>How many bytes each chunk has, in order. Reads no chunk.</summary>
    public const string ListSizes = """
        -- streams.list_sizes
        SELECT length(data)
        FROM stream_chunks
        WHERE stream_key = @stream_key
        ORDER BY chunk_index
        LIMIT @limit
        """;

    /// <summary>The next chunks of a stream that is deleted.</summary>
    public const string DeleteFirst = """
        -- streams.delete_first
        DELETE FROM stream_chunks
        WHERE chunk_key IN (
            SELECT chunk_key FROM stream_chunks WHERE stream_key = @stream_key ORDER BY chunk_index LIMIT @limit)
        """;

    public const string Find = """
        -- streams.find
        SELECT s.stream_key, s.closed_at IS NOT NULL AS is_closed, coalesce(
            (SELECT max(c.chunk_index) FROM stream_chunks AS c WHERE c.stream_key = s.stream_key), -1) AS tail_index
        FROM streams AS s
        WHERE s.run_id = @run_id AND s.stream_name = @stream_name
        """;

    public const string ListChunks = """
        -- streams.list_chunks
        SELECT chunk_index, data
        FROM stream_chunks
        WHERE stream_key = @stream_key AND chunk_index > @after
        ORDER BY chunk_index
        LIMIT @limit
        """;

    public const string ListChunksBackwards = """
        -- streams.list_chunks_backwards
        SELECT chunk_index, data
        FROM stream_chunks
        WHERE stream_key = @stream_key AND chunk_index < @after
        ORDER BY chunk_index DESC
        LIMIT @limit
        """;

    public const string ListNames = """
        -- streams.list_names
        SELECT stream_name
        FROM streams
        WHERE run_id = @run_id
        ORDER BY stream_name
        """;
}
