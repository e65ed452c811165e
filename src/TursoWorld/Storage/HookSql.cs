namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_hooks</c>.</summary>
internal static class HookSql
{
    /// <summary>Does nothing when the token is taken; the event that the same unit appends next says which it was.</summary>
    public const string Insert = """
        -- hooks.insert
        INSERT INTO workflow_hooks (run_key, hook_id, token, once, created_position)
        SELECT run_key, @hook_id, @token, @once, position + 1
        FROM workflow_events
        WHERE run_key = @run_key
        ORDER BY position DESC
        LIMIT 1
        ON CONFLICT (token) DO NOTHING
        """;

    /// <summary>A payload came. For a hook of this library's runtime that is the end: its token is free.</summary>
    public const string Use = """
        -- hooks.use
        DELETE FROM workflow_hooks
        WHERE token = @token AND once
        """;

    /// <summary>As <see cref="Use"/>, by the id.</summary>
    public const string UseById = """
        -- hooks.use_by_id
        DELETE FROM workflow_hooks
        WHERE run_key = @run_key AND hook_id = @hook_id AND once
        """;

    public const string Dispose = """
        -- hooks.dispose
        DELETE FROM workflow_hooks
        WHERE run_key = @run_key AND hook_id = @hook_id
        """;

    /// <summary>Their run is over.</summary>
    public const string DeleteAll = """
        -- hooks.delete_all
        DELETE FROM workflow_hooks
        WHERE run_key = @run_key
        """;

    public const string FindByToken = "-- hooks.find_by_token\n" + Select + """

        WHERE h.token = @token
        """;

    public const string Find = "-- hooks.find\n" + Select + OfRun + """
         AND h.hook_id = @hook_id
        """;

    /// <summary>The hook as the statements before left it.</summary>
    public const string GetWritten = "-- hooks.get_written\n" + Select + """

        WHERE h.run_key = @run_key AND h.hook_id = @hook_id
        """;

    public const string List = "-- hooks.list\n" + Select + """

        WHERE h.hook_key > @after
        ORDER BY h.hook_key
        LIMIT @limit
        """;

    /// <summary>Everything of runs that are deleted.</summary>
    public const string DeleteRuns = """
        -- hooks.delete_runs
        DELETE FROM workflow_hooks
        WHERE run_key IN (SELECT value FROM json_each(@run_keys))
        """;

    public const string ListBackwards = "-- hooks.list_backwards\n" + Select + """

        WHERE h.hook_key < @after
        ORDER BY h.hook_key DESC
        LIMIT @limit
        """;

    /// <summary>As <see cref="List"/>, of one run.</summary>
    public const string ListOfRun = "-- hooks.list_of_run\n" + Select + OfRun + """
         AND h.hook_key > @after
        ORDER BY h.hook_key
        LIMIT @limit
        """;

    public const string ListOfRunBackwards = "-- hooks.list_of_run_backwards\n" + Select + OfRun + """
         AND h.hook_key < @after
        ORDER BY h.hook_key DESC
        LIMIT @limit
        """;

    private const string Select = """
        SELECT h.hook_key, r.run_id, h.hook_id, h.token, created.created_at, created.data,
               CASE WHEN @with_data THEN created.payload END AS metadata, r.spec_version
        FROM workflow_hooks AS h
        CROSS JOIN workflow_runs AS r ON r.run_key = h.run_key
        CROSS JOIN workflow_events AS created ON created.run_key = h.run_key AND created.position = h.created_position
        """;

    private const string OfRun = """

        WHERE h.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id)
        """;
}
