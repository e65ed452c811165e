namespace TursoWorld.Turns;

/// <summary>What must hold before a turn, or whatever else touches several tables, is written.</summary>
internal static class TurnSql
{
    private const string NotOver = """
        INSERT INTO turn_guard (kind)
        VALUES (
            CASE
                WHEN NOT EXISTS (
                    SELECT 1 FROM workflow_runs WHERE run_key = @run_key AND ended_position IS NULL) THEN 'run'

        """;

    private const string Owner = """
                WHEN NOT EXISTS (
                    SELECT 1 FROM queue_messages WHERE message_key = @message_key AND lease_token = @lease_token) THEN 'lease'

        """;

    private const string NotPaused = """
                WHEN (SELECT status FROM workflow_runs WHERE run_key = @run_key) = 'paused' THEN 'run_paused'

        """;

    private const string End = """
            END)
        """;

    /// <summary>
    /// Names the first thing that does not hold; stores nothing. One row of VALUES: for a SELECT, SQLite would build a table
    /// each time. That the log ends where the writer believes it ends is guarded by the unique positions themselves.
    /// </summary>
    public const string Guard = "-- turns.guard\n" + NotOver + Owner + End;

    /// <summary>
    /// As <see cref="Guard"/>, for decisions at whatever positions are next: they must not come behind a pause that whoever
    /// took them has not seen. Decisions at positions of their own are refused then, because the pause has the first of them.
    /// </summary>
    public const string DecisionGuard = "-- turns.decision_guard\n" + NotOver + Owner + NotPaused + End;

    /// <summary>
    /// As <see cref="DecisionGuard"/>, for decisions that end the run or give up a hook: what others have appended for the code must have been
    /// heard, because they were told that it is accepted.
    /// </summary>
    public const string FinalGuard = "-- turns.final_guard\n" + NotOver + Owner + NotPaused + """
                WHEN EXISTS (
                    SELECT 1
                    FROM workflow_log AS l
                    CROSS JOIN json_each(l.events) AS e
                    WHERE l.run_key = @run_key AND l.last > @heard_until AND l.first + e.key > @heard_until
                      AND e.value ->> 0 IN ('hook_received', 'child_ended', 'step_completed', 'step_failed')) THEN 'unheard'

        """ + End;

    /// <summary>As <see cref="Guard"/>, and nobody has given the step up since it was created.</summary>
    public const string StepGuard = "-- turns.step_guard\n" + NotOver + Owner + """
                WHEN EXISTS (
                    SELECT 1
                    FROM workflow_log AS l
                    CROSS JOIN json_each(l.events) AS e
                    WHERE l.run_key = @run_key AND l.first >= coalesce((
                        SELECT max(first) FROM workflow_log WHERE run_key = @run_key AND first <= @created), 0)
                      AND e.value ->> 0 = 'step_cancelled' AND e.value ->> 1 = @step_id) THEN 'step_over'

        """ + End;

    /// <summary>A run is cancelled with its parent, unless it is over.</summary>
    public const string CascadeGuard = """
        -- turns.cascade_guard
        INSERT INTO guard (kind, holds)
        VALUES ('run', EXISTS (SELECT 1 FROM workflow_runs WHERE run_key = @run_key AND ended_position IS NULL))
        """;

    /// <summary>A queued step is still as it was found: due, of a run that goes on, and nobody has it or has had it since.</summary>
    public const string QueuedStepGuard = "-- turns.queued_step_guard\n" + NotOver + """
                WHEN NOT EXISTS (
                    SELECT 1
                    FROM queue_messages
                    WHERE message_key = @message_key AND lease_ends_at = 0 AND due_at <= @now AND attempt = @deliveries) THEN 'lease'

        """ + NotPaused + End;

    public const string HookGuard = """
        -- turns.hook_guard
        INSERT INTO guard (kind, holds)
        VALUES ('hook', EXISTS (SELECT 1 FROM workflow_hooks WHERE token = @token))
        """;

    /// <summary>
    /// Only a run that is over may be deleted, and not before its children have been cancelled: they are found through it. One of a
    /// newer runtime never is over: nobody here can end it.
    /// </summary>
    public const string DeletionGuard = """
        -- turns.deletion_guard
        INSERT INTO guard (kind, holds)
        VALUES (
            CASE
                WHEN NOT EXISTS (SELECT 1 FROM workflow_runs WHERE run_key = @run_key) THEN 'known'
                WHEN EXISTS (
                    SELECT 1 FROM workflow_runs
                    WHERE run_key = @run_key AND completed_at IS NULL AND spec_version > 5) THEN 'run_too_new'
                WHEN NOT EXISTS (
                    SELECT 1 FROM workflow_runs WHERE run_key = @run_key AND completed_at IS NOT NULL) THEN 'over'
                WHEN EXISTS (SELECT 1 FROM cascades WHERE run_key = @run_key) THEN 'cascaded'
            END,
            FALSE)
        """;
}
