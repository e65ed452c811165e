namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_events</c>.</summary>
internal static class EventSql
{
    /// <summary>First event of a run that the same unit inserts.</summary>
    public const string AppendFirst = """
        -- events.append_first
        INSERT INTO workflow_events (run_key, position, event_type, created_at, payload)
        SELECT run_key, 1, 'run_created', @created_at, @payload
        FROM workflow_runs
        WHERE run_id = @run_id
        """;

    /// <summary>Appends at a position of the writer's choosing. Taken already, the whole unit is refused.</summary>
    public const string AppendAt = """
        -- events.append_at
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, data, payload)
        VALUES (@run_key, @position, @event_type, @correlation_id, @created_at, @data, @payload)
        """;

    /// <summary>Appends wherever the log ends, never earlier in time than what is there.</summary>
    public const string AppendNext = """
        -- events.append_next
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, data, payload)
        SELECT run_key, position + 1, @event_type, @correlation_id, max(created_at, @created_at), @data, @payload
        FROM workflow_events
        WHERE run_key = @run_key
        ORDER BY position DESC
        LIMIT 1
        RETURNING position, created_at, event_type
        """;

    /// <summary>Appends the outcome of registering a hook: the unit's insert into <c>workflow_hooks</c> took effect, or the token was taken.</summary>
    public const string AppendHook = """
        -- events.append_hook
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, data)
        SELECT run_key, position + 1,
               CASE WHEN EXISTS (SELECT 1 FROM workflow_hooks WHERE run_key = @run_key AND hook_id = @correlation_id)
                    THEN 'hook_created' ELSE 'hook_conflict' END,
               @correlation_id, max(created_at, @created_at), @data
        FROM workflow_events
        WHERE run_key = @run_key
        ORDER BY position DESC
        LIMIT 1
        RETURNING position, created_at, event_type
        """;

    /// <summary>Appends what the outside sent to the hook with a token.</summary>
    public const string AppendReceived = """
        -- events.append_received
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, payload)
        SELECT e.run_key, e.position + 1, 'hook_received', h.hook_id, max(e.created_at, @created_at), @payload
        FROM workflow_hooks AS h
        JOIN workflow_events AS e ON e.run_key = h.run_key
        WHERE h.token = @token
        ORDER BY e.position DESC
        LIMIT 1
        RETURNING run_key, position
        """;

    /// <summary>A range of one log, in order.</summary>
    public const string Load = """
        -- events.load
        SELECT position, event_type, correlation_id, created_at, data, payload
        FROM workflow_events
        WHERE run_key = @run_key AND position > @after
        ORDER BY position
        LIMIT @limit
        """;

    /// <summary>As <see cref="Load"/>, by the public id.</summary>
    public const string List = """
        -- events.list
        SELECT position, event_type, correlation_id, created_at, data, payload
        FROM workflow_events
        WHERE run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id) AND position > @after
        ORDER BY position
        LIMIT @limit
        """;

    /// <summary>Everything of runs that are deleted.</summary>
    public const string DeleteRuns = """
        -- events.delete_runs
        DELETE FROM workflow_events
        WHERE run_key IN (SELECT value FROM json_each(@run_keys))
        """;
}
