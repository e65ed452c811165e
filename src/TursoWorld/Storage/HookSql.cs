namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_hooks</c>.</summary>
internal static class HookSql
{
    /// <summary>Its event has been appended by the same unit, with so many behind it. A token that is taken refuses the unit.</summary>
    public const string Insert = """
        -- hooks.insert
        INSERT INTO workflow_hooks (run_key, hook_id, token, once, created_position)
        SELECT run_key, @hook_id, @token, @once, last - @behind
        FROM workflow_log
        WHERE run_key = @run_key
        ORDER BY first DESC
        LIMIT 1
        """;

    /// <summary>The holder of a token that a conflict names has it still: otherwise the unit is refused.</summary>
    public const string RequireHolder = """
        -- hooks.require_holder
        INSERT INTO guard (kind, holds)
        VALUES ('hook', EXISTS (
            SELECT 1
            FROM workflow_hooks AS h
            JOIN workflow_runs AS r ON r.run_key = h.run_key
            WHERE h.token = @token AND r.run_id = @run_id))
        """;

    /// <summary>Who has some tokens.</summary>
    public const string ListHolders = """
        -- hooks.list_holders
        SELECT h.token, r.run_id, h.hook_id
        FROM json_each(@tokens) AS t
        CROSS JOIN workflow_hooks AS h ON h.token = t.value
        CROSS JOIN workflow_runs AS r ON r.run_key = h.run_key
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
        SELECT h.hook_key, r.run_id, h.hook_id, h.token, h.created_position, r.spec_version,
               l.first, l.created_at, CAST(l.events AS BLOB) AS events, l.payloads
        FROM workflow_hooks AS h
        CROSS JOIN workflow_runs AS r ON r.run_key = h.run_key
        CROSS JOIN workflow_log AS l ON l.run_key = h.run_key AND l.first = (
            SELECT max(first) FROM workflow_log WHERE run_key = h.run_key AND first <= h.created_position)
        """;

    private const string OfRun = """

        WHERE h.run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id)
        """;
}
