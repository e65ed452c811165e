namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_hooks</c>.</summary>
internal static class HookSql
{
    /// <summary>Does nothing when the token is taken; the event that the same unit appends next says which it was.</summary>
    public const string Insert = """
        -- hooks.insert
        INSERT INTO workflow_hooks (run_key, hook_id, token, created_position)
        SELECT run_key, @hook_id, @token, position + 1
        FROM workflow_events
        WHERE run_key = @run_key
        ORDER BY position DESC
        LIMIT 1
        ON CONFLICT (token) DO NOTHING
        """;

    /// <summary>A hook takes one payload. That uses it up and frees its token.</summary>
    public const string Use = """
        -- hooks.use
        DELETE FROM workflow_hooks
        WHERE token = @token
        """;

    /// <summary>Their run is over.</summary>
    public const string DeleteAll = """
        -- hooks.delete_all
        DELETE FROM workflow_hooks
        WHERE run_key = @run_key
        """;

    public const string FindByToken = """
        -- hooks.find_by_token
        SELECT h.hook_key, r.run_id, h.hook_id, h.token, created.created_at
        FROM workflow_hooks AS h
        JOIN workflow_runs AS r ON r.run_key = h.run_key
        JOIN workflow_events AS created ON created.run_key = h.run_key AND created.position = h.created_position
        WHERE h.token = @token
        """;

    public const string List = """
        -- hooks.list
        SELECT h.hook_key, r.run_id, h.hook_id, h.token, created.created_at
        FROM workflow_hooks AS h
        JOIN workflow_runs AS r ON r.run_key = h.run_key
        JOIN workflow_events AS created ON created.run_key = h.run_key AND created.position = h.created_position
        WHERE h.hook_key > @after AND (@run_id IS NULL OR r.run_id = @run_id)
        ORDER BY h.hook_key
        LIMIT @limit
        """;

    /// <summary>Everything of runs that are deleted.</summary>
    public const string DeleteRuns = """
        -- hooks.delete_runs
        DELETE FROM workflow_hooks
        WHERE run_key IN (SELECT value FROM json_each(@run_keys))
        """;
}
