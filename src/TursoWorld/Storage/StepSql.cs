namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_steps</c>. Their events have been appended by the same unit, right before.</summary>
internal static class StepSql
{
    public const string Insert = """
        -- steps.insert
        INSERT INTO workflow_steps (run_key, step_id, status, attempt, created_position, started_at)
        VALUES (@run_key, @step_id, 'running', 1,
                coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key)), @started_at)
        """;

    /// <summary>A step that somebody is to begin.</summary>
    public const string InsertPending = """
        -- steps.insert_pending
        INSERT INTO workflow_steps (run_key, step_id, status, attempt, created_position)
        VALUES (@run_key, @step_id, 'pending', 0, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key))
        """;

    public const string Start = """
        -- steps.start
        UPDATE workflow_steps
        SET status = 'running', attempt = @attempt, retry_after = NULL
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    /// <summary>The next attempt, whichever that is.</summary>
    public const string StartNext = """
        -- steps.start_next
        UPDATE workflow_steps
        SET status = 'running', attempt = attempt + 1, retry_after = NULL,
            started_at = coalesce(started_at, (
                SELECT created_at FROM workflow_events WHERE run_key = @run_key ORDER BY position DESC LIMIT 1))
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    /// <summary>Without a number of attempts, that stays what it is.</summary>
    public const string Retry = """
        -- steps.retry
        UPDATE workflow_steps
        SET status = 'pending', attempt = coalesce(@attempt, attempt), retry_after = @retry_after,
            latest_position = coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key))
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    public const string End = """
        -- steps.end
        UPDATE workflow_steps
        SET status = @status, retry_after = NULL,
            latest_position = coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key))
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    /// <summary>The code of its workflow gave it up; when it had ended, it stays what it is.</summary>
    public const string Cancel = """
        -- steps.cancel
        UPDATE workflow_steps
        SET status = 'cancelled', retry_after = NULL
        WHERE run_key = @run_key AND step_id = @step_id AND status IN ('pending', 'running')
        """;

    /// <summary>Its run is over. Steps of a foreign runtime stay open: it may still record what they have done.</summary>
    public const string CancelOpen = """
        -- steps.cancel_open
        UPDATE workflow_steps
        SET status = 'cancelled', retry_after = NULL
        WHERE run_key = @run_key AND status IN ('pending', 'running')
          AND (SELECT spec_version FROM workflow_runs WHERE run_key = @run_key) IS NULL
        """;

    public const string Get = "-- steps.get\n" + Select + """

        WHERE s.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id) AND s.step_id = @step_id
        """;

    /// <summary>The step as the statements before left it.</summary>
    public const string GetWritten = "-- steps.get_written\n" + Select + """

        WHERE s.run_key = @run_key AND s.step_id = @step_id
        """;

    public const string List = "-- steps.list\n" + Select + """

        WHERE s.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id) AND s.created_position > @after
        ORDER BY s.created_position
        LIMIT @limit
        """;

    /// <summary>Everything of runs that are deleted.</summary>
    public const string DeleteRuns = """
        -- steps.delete_runs
        DELETE FROM workflow_steps
        WHERE run_key IN (SELECT value FROM json_each(@run_keys))
        """;

    public const string ListBackwards = "-- steps.list_backwards\n" + Select + """

        WHERE s.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id) AND s.created_position < @after
        ORDER BY s.created_position DESC
        LIMIT @limit
        """;

    private const string Select = """
        SELECT s.created_position, s.step_id, created.data, s.status, s.attempt, s.started_at, s.retry_after,
               created.created_at, CASE WHEN @with_data THEN created.payload END AS input,
               latest.event_type AS latest_type, latest.created_at AS latest_at,
               CASE WHEN @with_data OR latest.event_type <> 'step_completed' THEN latest.payload END AS latest_payload
        FROM workflow_steps AS s
        JOIN workflow_events AS created ON created.run_key = s.run_key AND created.position = s.created_position
        LEFT JOIN workflow_events AS latest ON latest.run_key = s.run_key AND latest.position = s.latest_position
        """;
}
