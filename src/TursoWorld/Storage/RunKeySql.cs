namespace TursoWorld.Storage;

/// <summary>Every statement on <c>run_keys</c>.</summary>
internal static class RunKeySql
{
    /// <summary>A key that is held no longer is free.</summary>
    public const string Release = """
        -- run_keys.release
        DELETE FROM run_keys
        WHERE workflow_name = @workflow_name AND key = @key AND expires_at <= @now
        """;

    /// <summary>One that is held refuses the unit.</summary>
    public const string Take = """
        -- run_keys.take
        INSERT INTO run_keys (workflow_name, key, run_id, input, kept_ms)
        VALUES (@workflow_name, @key, @run_id, @input, @kept_ms)
        """;

    public const string Find = """
        -- run_keys.find
        SELECT run_id, input
        FROM run_keys
        WHERE workflow_name = @workflow_name AND key = @key AND (expires_at IS NULL OR expires_at > @now)
        """;

    /// <summary>The run goes on as another one, to which its key leads from now on.</summary>
    public const string Continue = """
        -- run_keys.continue
        UPDATE run_keys
        SET run_id = @next_run_id
        WHERE run_id = @run_id
        """;

    /// <summary>Their runs are deleted, right after this, and may be kept for a while themselves.</summary>
    public const string LeaveRuns = """
        -- run_keys.leave_runs
        UPDATE run_keys
        SET expires_at = (SELECT r.completed_at + run_keys.kept_ms FROM workflow_runs AS r WHERE r.run_id = run_keys.run_id)
        WHERE kept_ms >= 0 AND run_id IN (
            SELECT r.run_id
            FROM json_each(@run_keys) AS gone
            JOIN workflow_runs AS r ON r.run_key = gone.value)
        """;

    public const string ListExpired = """
        -- run_keys.list_expired
        SELECT entry_key
        FROM run_keys
        WHERE expires_at <= @now
        ORDER BY expires_at
        LIMIT @limit
        """;

    public const string DeleteExpired = """
        -- run_keys.delete_expired
        DELETE FROM run_keys
        WHERE entry_key IN (SELECT value FROM json_each(@entry_keys)) AND expires_at <= @now
        """;
}
