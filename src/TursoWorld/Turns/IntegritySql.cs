namespace TursoWorld.Turns;

/// <summary>What the check of a database reads. One statement sees one moment, whatever others write.</summary>
internal static class IntegritySql
{
    /// <summary>The last of the next runs; null behind the last of all.</summary>
    public const string PageEnd = """
        -- integrity.page_end
        SELECT max(run_key)
        FROM (SELECT run_key FROM workflow_runs WHERE run_key > @after ORDER BY run_key LIMIT @limit)
        """;

    /// <summary>
    /// Everything about a range of runs, whether the runs exist or not: for each run its row (its position is the version of a foreign runtime), its hooks,
    /// its children, the messages of its steps, and then its log, which is not sorted: its index has it in order. What is left of runs that are being
    /// deleted is no part of it.
    /// </summary>
    public const string Page = """
        -- integrity.page
        SELECT r.run_key AS run_key, -4 AS place, 1 AS kind, coalesce(r.spec_version, 0) AS position, r.run_id AS id, r.status AS state,
               r.ended_position AS latest_position, r.completed_at AS instant,
               (SELECT count(*) FROM queue_messages AS m WHERE m.run_key = r.run_key AND m.step_id IS NULL) AS number,
               r.created_at AS created_at, r.started_at AS started_at, r.attributes AS text, NULL AS events, NULL AS payloads
        FROM workflow_runs AS r
        WHERE r.run_key > @after AND r.run_key <= @last
        UNION ALL
        SELECT run_key, -3, 2, created_position, hook_id, NULL, NULL, NULL, NULL, NULL, NULL, token, NULL, NULL
        FROM workflow_hooks
        WHERE run_key > @after AND run_key <= @last
        UNION ALL
        SELECT p.run_key, -2, 3, 0, c.child_id, NULL, NULL, NULL, c.parent_waits, NULL, NULL, c.run_id, NULL, NULL
        FROM workflow_runs AS p
        CROSS JOIN workflow_runs AS c ON c.parent_run_id = p.run_id AND c.ended_position IS NULL
        WHERE p.run_key > @after AND p.run_key <= @last
        UNION ALL
        SELECT m.run_key, -1, 4, 0, m.step_id, NULL, NULL, NULL, NULL, NULL, NULL, m.message_id, NULL, NULL
        FROM queue_messages AS m
        JOIN workflow_runs AS r ON r.run_key = m.run_key
        WHERE m.run_key > @after AND m.run_key <= @last AND m.step_id IS NOT NULL
        UNION ALL
        SELECT run_key, first, 5, first, NULL, NULL, last, NULL, NULL, created_at, NULL, NULL, CAST(events AS BLOB), payloads
        FROM workflow_log
        WHERE run_key > @after AND run_key <= @last
          AND run_key NOT IN (SELECT run_key FROM deletions WHERE run_key IS NOT NULL)
        ORDER BY 1, 2
        """;

    /// <summary>Streams whose chunks have a gap, and chunks without a stream.</summary>
    public const string BrokenStreams = """
        -- integrity.broken_streams
        SELECT c.stream_key, s.run_id, s.stream_name
        FROM stream_chunks AS c
        LEFT JOIN streams AS s ON s.stream_key = c.stream_key
        WHERE c.stream_key NOT IN (SELECT stream_key FROM deletions WHERE stream_key IS NOT NULL)
        GROUP BY c.stream_key
        HAVING s.stream_key IS NULL OR min(c.chunk_index) <> 0 OR max(c.chunk_index) <> count(*) - 1
        ORDER BY c.stream_key
        LIMIT @limit
        """;

    /// <summary>Messages of runs that do not exist, and messages that are not the one of their run.</summary>
    public const string StrayMessages = """
        -- integrity.stray_messages
        SELECT m.message_id, r.run_id
        FROM queue_messages AS m
        LEFT JOIN workflow_runs AS r ON r.run_key = m.run_key
        WHERE m.run_key IS NOT NULL AND (
            r.run_key IS NULL
            OR m.message_id <> 'msg_' || substr(r.run_id, 6) || CASE WHEN m.step_id IS NULL THEN '' ELSE '_' || m.step_id END)
        ORDER BY m.message_key
        LIMIT @limit
        """;

    /// <summary>Runs that were to end with their parent, which is over, and that nobody will cancel.</summary>
    public const string LeftChildren = """
        -- integrity.left_children
        SELECT p.run_id, c.child_id
        FROM workflow_runs AS c
        CROSS JOIN workflow_runs AS p ON p.run_id = c.parent_run_id AND p.ended_position IS NOT NULL
        WHERE c.parent_run_id IS NOT NULL AND c.ended_position IS NULL AND c.parent_close_policy = 'cancel'
          AND NOT EXISTS (
            SELECT 1 FROM cascades AS n WHERE n.run_key = p.run_key AND (n.child_id IS NULL OR n.child_id = c.child_id))
        LIMIT @limit
        """;

    /// <summary>Attributes by which a run would be found that does not have them, and those by which it would not be found.</summary>
    public const string BrokenAttributes = """
        -- integrity.broken_attributes
        SELECT r.run_id, a.name
        FROM workflow_attributes AS a
        LEFT JOIN workflow_runs AS r ON r.run_key = a.run_key
        WHERE r.run_key IS NULL OR a.value IS NOT (
            SELECT j.value
            FROM json_each(CASE WHEN json_valid(r.attributes) THEN r.attributes END) AS j
            WHERE j.key = a.name)
        UNION ALL
        SELECT r.run_id, j.key
        FROM workflow_runs AS r
        CROSS JOIN json_each(CASE WHEN json_valid(r.attributes) THEN r.attributes END) AS j
        WHERE r.attributes IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM workflow_attributes AS a WHERE a.name = j.key AND a.value = j.value AND a.run_key = r.run_key)
        LIMIT @limit
        """;

    /// <summary>What is noted as deleted, and can still be found.</summary>
    public const string FalseDeletions = """
        -- integrity.false_deletions
        SELECT coalesce(r.run_id, s.run_id) AS run_id, s.stream_name
        FROM deletions AS d
        LEFT JOIN workflow_runs AS r ON r.run_key = d.run_key
        LEFT JOIN streams AS s ON s.stream_key = d.stream_key
        WHERE r.run_key IS NOT NULL OR s.stream_key IS NOT NULL
        ORDER BY d.deletion_key
        LIMIT @limit
        """;
}
