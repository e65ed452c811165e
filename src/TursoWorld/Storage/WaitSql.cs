namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_waits</c>. Their events have been appended by the same unit, right before.</summary>
internal static class WaitSql
{
    public const string Insert = """
        -- waits.insert
        INSERT INTO workflow_waits (run_key, wait_id, status, resume_at, created_position)
        VALUES (@run_key, @wait_id, 'waiting', @resume_at,
                coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key)))
        """;

    public const string Complete = """
        -- waits.complete
        UPDATE workflow_waits
        SET status = 'completed',
            latest_position = coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key))
        WHERE run_key = @run_key AND wait_id = @wait_id
        """;

    /// <summary>The code of its workflow gave it up; when it had ended, it stays what it is.</summary>
    public const string Cancel = """
        -- waits.cancel
        UPDATE workflow_waits
        SET status = 'cancelled'
        WHERE run_key = @run_key AND wait_id = @wait_id AND status = 'waiting'
        """;

    /// <summary>Their run is over.</summary>
    public const string DeleteAll = """
        -- waits.delete_all
        DELETE FROM workflow_waits
        WHERE run_key = @run_key
        """;

    public const string List = "-- waits.list\n" + Select + OfRun + """
         AND w.wait_key > @after
        ORDER BY w.wait_key
        LIMIT @limit
        """;

    public const string ListBackwards = "-- waits.list_backwards\n" + Select + OfRun + """
         AND w.wait_key < @after
        ORDER BY w.wait_key DESC
        LIMIT @limit
        """;

    /// <summary>Everything of runs that are deleted.</summary>
    public const string DeleteRuns = """
        -- waits.delete_runs
        DELETE FROM workflow_waits
        WHERE run_key IN (SELECT value FROM json_each(@run_keys))
        """;

    /// <summary>The wait as the statements before left it.</summary>
    public const string GetWritten = "-- waits.get_written\n" + Select + """

        WHERE w.run_key = @run_key AND w.wait_id = @wait_id
        """;

    private const string Select = """
        SELECT w.wait_key, w.wait_id, w.status, w.resume_at, created.created_at, latest.created_at AS latest_at
        FROM workflow_waits AS w
        CROSS JOIN workflow_events AS created ON created.run_key = w.run_key AND created.position = w.created_position
        LEFT JOIN workflow_events AS latest ON latest.run_key = w.run_key AND latest.position = w.latest_position
        """;

    private const string OfRun = """

        WHERE w.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id)
        """;
}
