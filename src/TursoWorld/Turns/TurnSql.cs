namespace TursoWorld.Turns;

/// <summary>What must hold before a turn, or whatever else touches several tables, is written.</summary>
internal static class TurnSql
{
    /// <summary>Names the first thing that does not hold; inserts nothing when everything does.</summary>
    public const string Guard = """
        -- turns.guard
        INSERT INTO guard (kind, holds)
        SELECT kind, 0
        FROM (
            SELECT CASE
                WHEN NOT EXISTS (
                    SELECT 1 FROM queue_messages WHERE message_key = @message_key AND lease_token = @lease_token) THEN 'lease'
                WHEN NOT EXISTS (
                    SELECT 1 FROM workflow_runs WHERE run_key = @run_key AND (status = 'running' OR status = 'pending')) THEN 'run'
                WHEN @expected_position IS NOT NULL
                    AND @expected_position <> (SELECT max(position) FROM workflow_events WHERE run_key = @run_key) THEN 'moved'
                END AS kind)
        WHERE kind IS NOT NULL
        """;

    public const string HookGuard = """
        -- turns.hook_guard
        INSERT INTO guard (kind, holds)
        SELECT 'hook', EXISTS (SELECT 1 FROM workflow_hooks WHERE token = @token)
        """;
}
