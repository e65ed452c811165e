namespace TursoWorld.Storage;

/// <summary>
/// Statements on the rows of runs that another run has begun. A child that continues as another run is that from then on: the row of the next run has
/// what ties it to the parent.
/// </summary>
internal static class ChildSql
{
    /// <summary>The parent has been told of the end of the run, if it was to hear of it: a second end tells it nothing.</summary>
    public const string End = """
        -- children.end
        UPDATE workflow_runs
        SET parent_waits = 0
        WHERE run_key = @run_key AND parent_waits = 1
        """;

    /// <summary>The code of the parent gave the child up; when it had ended, the parent has heard of that.</summary>
    public const string GiveUp = """
        -- children.give_up
        UPDATE workflow_runs
        SET parent_waits = 0
        WHERE parent_run_id = (SELECT run_id FROM workflow_runs WHERE run_key = @run_key) AND child_id = @child_id
          AND ended_position IS NULL
        """;
}
