namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_steps</c>. Their events have been appended by the same unit, right before.</summary>
internal static class StepSql
{
    public const string Insert = """
        -- steps.insert
        INSERT INTO workflow_steps (run_key, step_id, status, attempt, created_position, started_at)
        SELECT run_key, @step_id, 'running', 1, position, created_at
        FROM workflow_events
        WHERE run_key = @run_key
        ORDER BY position DESC
        LIMIT 1
        """;

    /// <summary>A step that somebody is to begin.</summary>
    public const string InsertPending = """
        -- steps.insert_pending
        INSERT INTO workflow_steps (run_key, step_id, status, attempt, created_position)
        VALUES (@run_key, @step_id, 'pending', 0,
                coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key)))
        """;

    public const string Start = """
        -- steps.start
        UPDATE workflow_steps
        SET status = 'running', attempt = @attempt, retry_after = NULL,
            started_at = coalesce(started_at, (
                SELECT created_at FROM workflow_events WHERE run_key = @run_key ORDER BY position DESC LIMIT 1))
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

    /// <summary>What a completed step reported on its way is of no use any more: there is the result.</summary>
    public const string End = """
        -- steps.end
        UPDATE workflow_steps
        SET status = @status, retry_after = NULL,
            progress = iif(@status = 'completed', NULL, progress),
            heartbeat_at = iif(@status = 'completed', NULL, heartbeat_at),
            latest_position = coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key))
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    /// <summary>A sign of life of the current attempt. Without progress, that stays what it is.</summary>
    public const string Report = """
        -- steps.report
        UPDATE workflow_steps
        SET progress = coalesce(@progress, progress), heartbeat_at = @now
        WHERE run_key = @run_key AND step_id = @step_id AND status = 'running' AND attempt = @attempt
        """;

    public const string FindProgress = """
        -- steps.find_progress
        SELECT progress
        FROM workflow_steps
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    /// <summary>Where the log of its run tells of the attempts of a step.</summary>
    public const string GetAttemptRange = """
        -- steps.get_attempt_range
        SELECT s.run_key, s.created_position, s.status, r.spec_version, r.completed_at,
               CASE WHEN s.status = 'completed' OR s.status = 'failed' THEN s.latest_position END AS ended_position
        FROM workflow_steps AS s
        JOIN workflow_runs AS r ON r.run_key = s.run_key
        WHERE r.run_id = @run_id AND s.step_id = @step_id
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

    public const string Get = "-- steps.get\n" + Select + OfRun + """
         AND s.step_id = @step_id
        """;

    /// <summary>The step as the statements before left it.</summary>
    public const string GetWritten = "-- steps.get_written\n" + Select + """

        WHERE s.run_key = @run_key AND s.step_id = @step_id
        """;

    /// <summary>Goes through the log, which has the steps of a run in order: an index of theirs would be one more page for each step.</summary>
    public const string List = "-- steps.list\n" + SelectInOrder + """
         AND created.position > @after
        ORDER BY created.position
        LIMIT @limit
        """;

    public const string ListBackwards = "-- steps.list_backwards\n" + SelectInOrder + """
         AND created.position < @after
        ORDER BY created.position DESC
        LIMIT @limit
        """;

    /// <summary>One row for each step: a step has no payload.</summary>
    public const string ListSizes = """
        -- steps.list_sizes
        SELECT length(step_id)
        FROM workflow_steps
        WHERE run_key = @run_key
        ORDER BY step_id
        LIMIT @limit
        """;

    /// <summary>The next of a run that is deleted.</summary>
    public const string DeleteFirst = """
        -- steps.delete_first
        DELETE FROM workflow_steps
        WHERE step_key IN (
            SELECT step_key FROM workflow_steps WHERE run_key = @run_key ORDER BY step_id LIMIT @limit)
        """;

    private const string Columns = """
        SELECT s.created_position, s.step_id, created.data, s.status, s.attempt, s.started_at, s.retry_after,
               created.created_at, CASE WHEN @with_data THEN created.payload END AS input,
               latest.event_type AS latest_type, latest.created_at AS latest_at,
               CASE WHEN @with_data OR latest.event_type <> 'step_completed' THEN latest.payload END AS latest_payload,
               CASE WHEN @with_data THEN s.progress END AS progress, s.heartbeat_at

        """;

    private const string Latest = """

        LEFT JOIN workflow_events AS latest ON latest.run_key = s.run_key AND latest.position = s.latest_position
        """;

    private const string Select = Columns + """
        FROM workflow_steps AS s
        JOIN workflow_events AS created ON created.run_key = s.run_key AND created.position = s.created_position
        """ + Latest;

    private const string SelectInOrder = Columns + """
        FROM workflow_events AS created
        CROSS JOIN workflow_steps AS s
            ON s.run_key = created.run_key AND s.step_id = created.correlation_id AND s.created_position = created.position
        """ + Latest + """

        WHERE created.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id) AND created.event_type = 'step_created'
        """;

    private const string OfRun = """

        WHERE s.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id)
        """;
}
