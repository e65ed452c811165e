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

    public const string Start = """
        -- steps.start
        UPDATE workflow_steps
        SET status = 'running', attempt = @attempt, retry_after = NULL
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    public const string Retry = """
        -- steps.retry
        UPDATE workflow_steps
        SET status = 'pending', attempt = @attempt, retry_after = @retry_after,
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

    /// <summary>Its run is over.</summary>
    public const string CancelOpen = """
        -- steps.cancel_open
        UPDATE workflow_steps
        SET status = 'cancelled', retry_after = NULL
        WHERE run_key = @run_key AND status IN ('pending', 'running')
        """;

    public const string List = """
        -- steps.list
        SELECT s.created_position, s.step_id, created.data, s.status, s.attempt, s.started_at, s.retry_after,
               created.created_at, latest.event_type AS latest_type, latest.created_at AS latest_at,
               latest.payload AS latest_payload
        FROM workflow_steps AS s
        JOIN workflow_events AS created ON created.run_key = s.run_key AND created.position = s.created_position
        LEFT JOIN workflow_events AS latest ON latest.run_key = s.run_key AND latest.position = s.latest_position
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
}
