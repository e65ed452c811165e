namespace TursoWorld.Turns;

/// <summary>Every statement on <c>cascades</c>, and what finds the runs that they are about.</summary>
internal static class CascadeSql
{
    /// <summary>A run is over, in the same unit: the children that end with it.</summary>
    public const string AddChildren = """
        -- cascades.add_children
        INSERT INTO cascades (run_key)
        SELECT @run_key
        WHERE EXISTS (
            SELECT 1
            FROM workflow_children
            WHERE run_key = @run_key AND status = 'running' AND parent_close_policy = 'cancel')
        RETURNING cascade_key
        """;

    /// <summary>The code of the parent gives a child up, in the same unit and before its row says so.</summary>
    public const string AddChild = """
        -- cascades.add_child
        INSERT INTO cascades (run_key, child_key)
        SELECT run_key, child_key
        FROM workflow_children
        WHERE run_key = @run_key AND child_id = @child_id AND status = 'running' AND parent_close_policy = 'cancel'
          AND child_run_key IS NOT NULL
        RETURNING cascade_key
        """;

    /// <summary>The oldest that are not finished.</summary>
    public const string List = """
        -- cascades.list
        SELECT cascade_key, run_key, child_key
        FROM cascades
        ORDER BY cascade_key
        LIMIT @limit
        """;

    /// <summary>Runs that are not over and that were to end with their parent.</summary>
    public const string ListChildren = """
        -- cascades.list_children
        SELECT r.run_key, r.run_id, p.run_id AS parent_run_id
        FROM workflow_children AS c
        JOIN workflow_runs AS r ON r.run_key = c.child_run_key
        JOIN workflow_runs AS p ON p.run_key = c.run_key
        WHERE c.run_key = @run_key AND c.status = 'running' AND c.parent_close_policy = 'cancel' AND r.ended_position IS NULL
        ORDER BY c.child_key
        LIMIT @limit
        """;

    /// <summary>The run of a child that its parent's code gave up, unless it is over.</summary>
    public const string ListChild = """
        -- cascades.list_child
        SELECT r.run_key, r.run_id, p.run_id AS parent_run_id
        FROM workflow_children AS c
        JOIN workflow_runs AS r ON r.run_key = c.child_run_key
        JOIN workflow_runs AS p ON p.run_key = c.run_key
        WHERE c.child_key = @child_key AND r.ended_position IS NULL
        """;

    /// <summary>Nothing is left to cancel.</summary>
    public const string Finish = """
        -- cascades.finish
        DELETE FROM cascades
        WHERE cascade_key = @cascade_key
        """;
}
