namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_children</c>. Their events have been appended by the same unit, right before.</summary>
internal static class ChildSql
{
    /// <summary>The run has been inserted by the same unit, or never will be.</summary>
    public const string Insert = """
        -- children.insert
        INSERT INTO workflow_children (run_key, child_id, status, parent_close_policy, child_run_key, created_position)
        VALUES (@run_key, @child_id, 'running', @parent_close_policy,
                (SELECT run_key FROM workflow_runs WHERE run_id = @child_run_id),
                coalesce(@position, (SELECT max(position) FROM workflow_events WHERE run_key = @run_key)))
        """;

    /// <summary>
    /// A run is over that may be a child. When its parent is, too, that has heard nothing of it. What its code gave up before stays so.
    /// </summary>
    public const string End = """
        -- children.end
        UPDATE workflow_children
        SET status = 'ended',
            latest_position = (
                SELECT max(e.position)
                FROM workflow_events AS e
                JOIN workflow_runs AS p ON p.run_key = e.run_key AND p.ended_position IS NULL
                WHERE e.run_key = workflow_children.run_key)
        WHERE child_run_key = @run_key AND status = 'running'
        """;

    /// <summary>A run that may be a child goes on as another one.</summary>
    public const string Continue = """
        -- children.continue
        UPDATE workflow_children
        SET child_run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @next_run_id)
        WHERE child_run_key = @run_key
        """;

    /// <summary>The code of the parent gave it up; when it had ended, it stays what it is.</summary>
    public const string Cancel = """
        -- children.cancel
        UPDATE workflow_children
        SET status = 'cancelled'
        WHERE run_key = @run_key AND child_id = @child_id AND status = 'running'
        """;

    /// <summary>Those of parents that are deleted.</summary>
    public const string DeleteRuns = """
        -- children.delete_runs
        DELETE FROM workflow_children
        WHERE run_key IN (SELECT value FROM json_each(@run_keys))
        """;
}
