namespace TursoWorld.Streaming;

/// <summary>
/// Every statement on <c>streams</c> and <c>stream_chunks</c>. That the end of a run closes its streams is written nowhere: the row
/// of the run says so, in the very commit that ends it. Runs of foreign runtimes are left out, because what their steps write may
/// still be on its way when they end.
/// </summary>
internal static class StreamSql
{
    private const string IsOver = """
        EXISTS (
            SELECT 1 FROM workflow_runs WHERE run_id = @run_id AND ended_position IS NOT NULL AND spec_version IS NULL)
        """;

    private const string IsClosed = """
        EXISTS (
            SELECT 1 FROM streams WHERE run_id = @run_id AND stream_name = @stream_name AND closed_at IS NOT NULL)
        """;

    public const string Guard = "-- streams.guard\nINSERT INTO guard (kind, holds) VALUES (CASE WHEN " + IsClosed
        + " THEN 'stream_open' WHEN " + IsOver + " THEN 'run_over' END, FALSE)";

    /// <summary>For an attempt of a step: the writer has the claim in whose name it executes.</summary>
    public const string GuardStep = """
        -- streams.guard_step
        INSERT INTO guard (kind, holds)
        VALUES (
            CASE
                WHEN NOT EXISTS (
                    SELECT 1 FROM workflow_runs WHERE run_key = @run_key AND ended_position IS NULL) THEN 'run'
                WHEN NOT EXISTS (
                    SELECT 1 FROM queue_messages WHERE message_key = @message_key AND lease_token = @lease_token) THEN 'lease'
                WHEN
        """ + " " + IsClosed + " THEN 'stream_open' END, FALSE)";

    public const string Ensure = """
        -- streams.ensure
        INSERT INTO streams (run_id, stream_name, created_at, checked_at)
        SELECT @run_id, @stream_name, @now, @now
        WHERE NOT
        """ + " " + IsOver + """

        ON CONFLICT (run_id, stream_name) DO NOTHING
        """;

    /// <summary>For a stream that was there before; when it is not, any more, this fails as well.</summary>
    public const string GuardKnown = """
        -- streams.guard_known
        INSERT INTO guard (kind, holds)
        VALUES ('stream_open', EXISTS (
            SELECT 1
            FROM streams AS s
            LEFT JOIN workflow_runs AS r ON r.run_id = s.run_id AND r.ended_position IS NOT NULL AND r.spec_version IS NULL
            WHERE s.stream_key = @stream_key AND s.closed_at IS NULL AND r.run_key IS NULL))
        """;

    /// <summary>As <see cref="Append"/>, behind <see cref="GuardKnown"/>.</summary>
    public const string AppendKnown = """
        -- streams.append_known
        INSERT INTO stream_chunks (stream_key, chunk_index, data)
        VALUES (@stream_key, coalesce(
            (SELECT max(chunk_index) + 1 FROM stream_chunks WHERE stream_key = @stream_key), 0), @data)
        RETURNING stream_key, chunk_index
        """;

    public const string Append = """
        -- streams.append
        INSERT INTO stream_chunks (stream_key, chunk_index, data)
        SELECT s.stream_key, coalesce(
            (SELECT max(c.chunk_index) + 1 FROM stream_chunks AS c WHERE c.stream_key = s.stream_key), 0), @data
        FROM streams AS s
        WHERE s.run_id = @run_id AND s.stream_name = @stream_name
        RETURNING stream_key, chunk_index
        """;

    public const string Close = """
        -- streams.close
        UPDATE streams
        SET closed_at = coalesce(closed_at, @now)
        WHERE run_id = @run_id AND stream_name = @stream_name AND NOT
        """ + " " + IsOver;

    /// <summary>Their runs are deleted, right after this. The chunks follow.</summary>
    public const string DeleteOfRuns = """
        -- streams.delete_of_runs
        DELETE FROM streams
        WHERE run_id IN (
            SELECT r.run_id
            FROM json_each(@run_keys) AS gone
            JOIN workflow_runs AS r ON r.run_key = gone.value)
        """;

    /// <summary>Streams that have not been looked at since an instant, and may have no run.</summary>
    public const string ListUnchecked = """
        -- streams.list_unchecked
        SELECT stream_key
        FROM streams
        WHERE checked_at <= @checked_before
        ORDER BY checked_at, stream_key
        LIMIT @limit
        """;

    /// <summary>Behind deletions.add_stale_streams, in the same unit.</summary>
    public const string DeleteStale = """
        -- streams.delete_stale
        DELETE FROM streams
        WHERE stream_key IN (SELECT value FROM json_each(@stream_keys))
          AND stream_key IN (SELECT d.stream_key FROM deletions AS d WHERE d.stream_key IS NOT NULL)
        """;

    /// <summary>
    /// What was looked at and stays. A stream whose run is stored goes with it and need not be looked at any more; one that was
    /// closed meanwhile is looked at again as soon as it can go.
    /// </summary>
    public const string MarkChecked = """
        -- streams.mark_checked
        UPDATE streams
        SET checked_at = CASE
                WHEN EXISTS (SELECT 1 FROM workflow_runs AS r WHERE r.run_id = streams.run_id) THEN NULL
                WHEN closed_at > @checked_before THEN closed_at
                ELSE @now END,
            checked_index = (SELECT max(c.chunk_index) FROM stream_chunks AS c WHERE c.stream_key = streams.stream_key)
        WHERE stream_key IN (SELECT value FROM json_each(@stream_keys)) AND checked_at <= @checked_before
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

    private const string Tail = """
        coalesce(s.stream_key, 0) AS stream_key, s.closed_at IS NOT NULL AS is_closed, coalesce(
            (SELECT max(c.chunk_index) FROM stream_chunks AS c WHERE c.stream_key = s.stream_key), -1) AS tail_index,
            r.run_key IS NOT NULL AS has_run, r.ended_position IS NOT NULL AND r.spec_version IS NULL AS is_over
        """;

    /// <summary>Returns a row whether there is such a stream, or such a run, or not.</summary>
    public const string Find = "-- streams.find\nSELECT " + Tail + """

        FROM (SELECT @run_id AS run_id, @stream_name AS stream_name) AS w
        LEFT JOIN streams AS s ON s.run_id = w.run_id AND s.stream_name = w.stream_name
        LEFT JOIN workflow_runs AS r ON r.run_id = w.run_id
        """;

    /// <summary>As <see cref="Find"/>, of the streams in <c>@streams</c>, a list of pairs of run and name, by their place in the list.</summary>
    public const string ListTails = "-- streams.list_tails\nSELECT w.key AS place, " + Tail + """

        FROM json_each(@streams) AS w
        LEFT JOIN streams AS s
            ON s.run_id = json_extract(w.value, '$[0]') AND s.stream_name = json_extract(w.value, '$[1]')
        LEFT JOIN workflow_runs AS r ON r.run_id = json_extract(w.value, '$[0]')
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
