namespace TursoWorld.Turns;

/// <summary>Every statement on <c>deletions</c>.</summary>
internal static class DeletionSql
{
    /// <summary>Before the runs go, in the same unit.</summary>
    public const string AddRuns = """
        -- deletions.add_runs
        INSERT INTO deletions (run_key)
        SELECT r.run_key
        FROM json_each(@run_keys) AS gone
        JOIN workflow_runs AS r ON r.run_key = gone.value
        RETURNING deletion_key
        """;

    /// <summary>Before the runs and their streams go, in the same unit.</summary>
    public const string AddStreamsOfRuns = """
        -- deletions.add_streams_of_runs
        INSERT INTO deletions (stream_key)
        SELECT s.stream_key
        FROM json_each(@run_keys) AS gone
        JOIN workflow_runs AS r ON r.run_key = gone.value
        JOIN streams AS s ON s.run_id = r.run_id
        RETURNING deletion_key
        """;

    /// <summary>Before the streams go, in the same unit: streams without a run, closed, or without news since they were looked at.</summary>
    public const string AddStaleStreams = """
        -- deletions.add_stale_streams
        INSERT INTO deletions (stream_key)
        SELECT s.stream_key
        FROM json_each(@stream_keys) AS looked
        JOIN streams AS s ON s.stream_key = looked.value
        WHERE s.checked_at <= @checked_before
          AND NOT EXISTS (SELECT 1 FROM workflow_runs AS r WHERE r.run_id = s.run_id)
          AND (s.closed_at <= @checked_before OR (s.closed_at IS NULL AND s.checked_index = (
                SELECT max(c.chunk_index) FROM stream_chunks AS c WHERE c.stream_key = s.stream_key)))
        RETURNING deletion_key
        """;

    /// <summary>The oldest that are not finished.</summary>
    public const string List = """
        -- deletions.list
        SELECT deletion_key
        FROM deletions
        ORDER BY deletion_key
        LIMIT @limit
        """;

    /// <summary>Those of some that are not finished.</summary>
    public const string ListThese = """
        -- deletions.list_these
        SELECT deletion_key, run_key, stream_key
        FROM deletions
        WHERE deletion_key IN (SELECT value FROM json_each(@deletion_keys))
        ORDER BY deletion_key
        """;

    /// <summary>Nothing is left of what it is about.</summary>
    public const string Finish = """
        -- deletions.finish
        DELETE FROM deletions
        WHERE deletion_key = @deletion_key
        """;
}
