namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_runs</c>.</summary>
internal static class RunSql
{
    public const string Insert = """
        -- runs.insert
        INSERT INTO workflow_runs (run_id, workflow_name, workflow_version, status, seed, created_at)
        VALUES (@run_id, @workflow_name, @workflow_version, 'pending', @seed, @created_at)
        RETURNING run_key
        """;

    public const string Start = """
        -- runs.start
        UPDATE workflow_runs
        SET status = 'running', started_at = @started_at
        WHERE run_key = @run_key
        """;

    /// <summary>The event that ends the run has been appended by the same unit.</summary>
    public const string End = """
        -- runs.end
        UPDATE workflow_runs
        SET status = @status, completed_at = @completed_at, blocked_reason = NULL,
            ended_position = (SELECT max(position) FROM workflow_events WHERE run_key = @run_key)
        WHERE run_key = @run_key
        """;

    /// <summary>Says why the run does not go on; null takes that back.</summary>
    public const string Block = """
        -- runs.block
        UPDATE workflow_runs
        SET blocked_reason = @blocked_reason
        WHERE run_key = @run_key
        """;

    public const string Get = """
        -- runs.get
        SELECT r.run_key, r.run_id, r.workflow_name, r.workflow_version, r.status, r.blocked_reason, r.created_at,
               r.started_at, r.completed_at, first.payload AS input, last.payload AS ending
        FROM workflow_runs AS r
        JOIN workflow_events AS first ON first.run_key = r.run_key AND first.position = 1
        LEFT JOIN workflow_events AS last ON last.run_key = r.run_key AND last.position = r.ended_position
        WHERE r.run_id = @run_id
        """;

    public const string List = """
        -- runs.list
        SELECT r.run_key, r.run_id, r.workflow_name, r.workflow_version, r.status, r.blocked_reason, r.created_at,
               r.started_at, r.completed_at, first.payload AS input, last.payload AS ending
        FROM workflow_runs AS r
        JOIN workflow_events AS first ON first.run_key = r.run_key AND first.position = 1
        LEFT JOIN workflow_events AS last ON last.run_key = r.run_key AND last.position = r.ended_position
        WHERE r.run_key > @after
          AND (@status IS NULL OR r.status = @status)
          AND (@workflow_name IS NULL OR r.workflow_name = @workflow_name)
        ORDER BY r.run_key
        LIMIT @limit
        """;

    public const string Count = """
        -- runs.count
        SELECT status, count(*) AS runs
        FROM workflow_runs
        GROUP BY status
        ORDER BY status
        """;

    /// <summary>What the owner of a run's message needs to know about it.</summary>
    public const string GetByKey = """
        -- runs.get_by_key
        SELECT run_id, workflow_name, workflow_version, blocked_reason
        FROM workflow_runs
        WHERE run_key = @run_key
        """;

    /// <summary>Those of some runs that are over.</summary>
    public const string ListEnded = """
        -- runs.list_ended
        SELECT run_id
        FROM workflow_runs
        WHERE run_id IN (SELECT value FROM json_each(@run_ids)) AND status IN ('completed', 'failed', 'cancelled')
        ORDER BY run_key
        """;
}
