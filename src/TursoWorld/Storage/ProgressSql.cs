namespace TursoWorld.Storage;

/// <summary>Every statement on <c>step_progress</c>: what steps that execute report. It is no part of the log.</summary>
internal static class ProgressSql
{
    /// <summary>A sign of life of an attempt. Without progress, that stays what it is; an earlier attempt than the latest changes nothing.</summary>
    public const string Report = """
        -- progress.report
        INSERT INTO step_progress (run_key, step_id, attempt, progress, heartbeat_at)
        VALUES (@run_key, @step_id, @attempt, @progress, @now)
        ON CONFLICT (run_key, step_id) DO UPDATE
        SET attempt = excluded.attempt, progress = coalesce(excluded.progress, progress), heartbeat_at = excluded.heartbeat_at
        WHERE excluded.attempt >= attempt
        """;

    public const string Find = """
        -- progress.find
        SELECT progress
        FROM step_progress
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    /// <summary>That of some steps of one run.</summary>
    public const string List = """
        -- progress.list
        SELECT p.step_id, CASE WHEN @with_data THEN p.progress END AS progress, p.heartbeat_at
        FROM json_each(@step_ids) AS s
        CROSS JOIN step_progress AS p ON p.run_key = @run_key AND p.step_id = s.value
        """;

    /// <summary>A step has completed: there is the result.</summary>
    public const string Delete = """
        -- progress.delete
        DELETE FROM step_progress
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    /// <summary>How many bytes each has, in order. Reads no progress.</summary>
    public const string ListSizes = """
        -- progress.list_sizes
        SELECT coalesce(length(progress), 0)
        FROM step_progress
        WHERE run_key = @run_key
        ORDER BY step_id
        LIMIT @limit
        """;

    /// <summary>The next of a run that is deleted.</summary>
    public const string DeleteFirst = """
        -- progress.delete_first
        DELETE FROM step_progress
        WHERE run_key = @run_key AND step_id IN (
            SELECT step_id FROM step_progress WHERE run_key = @run_key ORDER BY step_id LIMIT @limit)
        """;
}
