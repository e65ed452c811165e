namespace TursoWorld.Turns;

/// <summary>Every statement on <c>cascades</c>, and what finds the runs that they are about.</summary>
internal static class CascadeSql
{
    /// <summary>A run is over, in the same unit: the children that end with it.</summary>
    public const string AddChildren = """
        -- cascades.add_children
        INSERT INTO cascades (run_key)
        SELECT p.run_key
        FROM workflow_runs AS p
        WHERE p.run_key = @run_key AND EXISTS (
            SELECT 1
            FROM workflow_runs AS c
            WHERE c.parent_run_id = p.run_id AND c.ended_position IS NULL AND c.parent_close_policy = 'cancel')
        RETURNING cascade_key
        """;

    /// <summary>The code of the parent gives a child up, in the same unit and before its row says so.</summary>
    public const string AddChild = """
        -- cascades.add_child
        INSERT INTO cascades (run_key, child_id)
        SELECT p.run_key, c.child_id
        FROM workflow_runs AS p
        JOIN workflow_runs AS c ON c.parent_run_id = p.run_id AND c.child_id = @child_id AND c.ended_position IS NULL
        WHERE p.run_key = @run_key AND c.parent_waits = 1 AND c.parent_close_policy = 'cancel'
        RETURNING cascade_key
        """;

    /// <summary>The oldest that are not finished.</summary>
    public const string List = """
        -- cascades.list
        SELECT cascade_key, run_key, child_id
        FROM cascades
        ORDER BY cascade_key
        LIMIT @limit
        """;

    /// <summary>
    /// Runs that are not over and that were to end with their parent, or one child that its code gave up: of a chain, the run that it is now.
    /// </summary>
    public const string ListChildren = """
        -- cascades.list_children
        SELECT c.run_key, c.run_id, p.run_id AS parent_run_id
        FROM workflow_runs AS p
        JOIN workflow_runs AS c ON c.parent_run_id = p.run_id AND c.ended_position IS NULL
        WHERE p.run_key = @run_key AND c.parent_close_policy = 'cancel' AND (@child_id IS NULL OR c.child_id = @child_id)
        LIMIT @limit
        """;

    /// <summary>Nothing is left to cancel.</summary>
    public const string Finish = """
        -- cascades.finish
        DELETE FROM cascades
        WHERE cascade_key = @cascade_key
        """;
}
