namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_state</c>. Their events have been appended by the same unit, right before.</summary>
internal static class StateSql
{
    public const string Set = """
        -- state.set
        INSERT INTO workflow_state (run_key, key, position)
        VALUES (@run_key, @key,
                coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key)))
        ON CONFLICT (run_key, key) DO UPDATE SET position = excluded.position
        """;

    public const string Delete = """
        -- state.delete
        DELETE FROM workflow_state
        WHERE run_key = @run_key AND key = @key
        """;

    public const string Get = "-- state.get\n" + Select + """
         AND s.key = @key
        """;

    public const string List = "-- state.list\n" + Select + """
         AND s.state_key > @after
        ORDER BY s.state_key
        LIMIT @limit
        """;

    public const string ListBackwards = "-- state.list_backwards\n" + Select + """
         AND s.state_key < @after
        ORDER BY s.state_key DESC
        LIMIT @limit
        """;

    /// <summary>One row for each key, which has no payload.</summary>
    public const string ListSizes = """
        -- state.list_sizes
        SELECT length(key)
        FROM workflow_state
        WHERE run_key = @run_key
        ORDER BY key
        LIMIT @limit
        """;

    /// <summary>The next of a run that is deleted.</summary>
    public const string DeleteFirst = """
        -- state.delete_first
        DELETE FROM workflow_state
        WHERE state_key IN (
            SELECT state_key FROM workflow_state WHERE run_key = @run_key ORDER BY key LIMIT @limit)
        """;

    private const string Select = """
        SELECT s.state_key, s.key, s.position, e.created_at, CASE WHEN @with_data THEN e.payload END AS payload
        FROM workflow_state AS s
        CROSS JOIN workflow_events AS e ON e.run_key = s.run_key AND e.position = s.position
        WHERE s.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id)
        """;
}
