namespace TursoWorld.Turns;

/// <summary>
/// What must hold before an event from outside is recorded: one guard for each group of events. Each names the first thing
/// that does not hold.
/// </summary>
internal static class EventGuardSql
{
    public const string StartRun = "-- event_guards.start_run\n" + Begin + Driven + NotOver + """

                WHEN (SELECT status FROM workflow_runs WHERE run_key = @run_key) <> 'pending' THEN 'run_unchanged'
        """ + End;

    /// <summary>Anything that only needs a run that is not over.</summary>
    public const string Active = "-- event_guards.active\n" + Begin + Driven + NotOver + End;

    /// <summary>A run that is cancelled may be cancelled again.</summary>
    public const string CancelRun = "-- event_guards.cancel_run\n" + Begin + Known + """

                WHEN (SELECT status FROM workflow_runs WHERE run_key = @run_key) IN ('completed', 'failed') THEN 'run_over'
        """ + End;

    public const string PauseRun = "-- event_guards.pause_run\n" + Begin + Known + NotLegacy + NotOver + """

                WHEN (SELECT status FROM workflow_runs WHERE run_key = @run_key) = 'paused' THEN 'run_unchanged'
        """ + End;

    public const string ResumeRun = "-- event_guards.resume_run\n" + Begin + Known + NotLegacy + NotOver + """

                WHEN (SELECT status FROM workflow_runs WHERE run_key = @run_key) <> 'paused' THEN 'run_unchanged'
        """ + End;

    public const string SetAttributes = "-- event_guards.set_attributes\n" + Begin + Known + NotLegacy + NotOver + """

                WHEN EXISTS (
                    SELECT 1 FROM workflow_events
                    WHERE correlation_id = @correlation_id AND has_long_id = 1 AND +run_key = @run_key
                      AND event_type = 'attr_set') THEN 'event_exists'
                WHEN length(@correlation_id) <= 20 AND EXISTS (
                    SELECT 1 FROM workflow_events
                    WHERE run_key = @run_key AND event_type = 'attr_set' AND correlation_id = @correlation_id) THEN 'event_exists'
                WHEN EXISTS (SELECT 1 FROM json_each(@changes) AS change WHERE change.type <> 'null') AND 64 < (
                    SELECT count(*)
                    FROM workflow_runs AS r, json_each(json_patch(coalesce(r.attributes, '{}'), @changes))
                    WHERE r.run_key = @run_key) THEN 'attributes_full'
        """ + End;

    public const string CreateStep = "-- event_guards.create_step\n" + Begin + Driven + NotOver + NotPaused + """

                WHEN EXISTS (
                    SELECT 1 FROM workflow_steps WHERE run_key = @run_key AND step_id = @correlation_id) THEN 'step_exists'
        """ + End;

    public const string StartStep = "-- event_guards.start_step\n" + Begin + Driven + OpenStep + NotOver + NotPaused + """

                WHEN @now < (
                    SELECT retry_after FROM workflow_steps
                    WHERE run_key = @run_key AND step_id = @correlation_id) THEN 'too_early'
        """ + End;

    /// <summary>A run that is over has no further attempts.</summary>
    public const string RetryStep = "-- event_guards.retry_step\n" + Begin + Driven + OpenStep + NotOver + End;

    /// <summary>What a step did is recorded after the end of its run as well, if it was running by then.</summary>
    public const string EndStep = "-- event_guards.end_step\n" + Begin + Driven + OpenStep + """

                WHEN (SELECT ended_position FROM workflow_runs WHERE run_key = @run_key) IS NOT NULL AND EXISTS (
                    SELECT 1 FROM workflow_steps
                    WHERE run_key = @run_key AND step_id = @correlation_id AND status <> 'running') THEN 'run_over'
        """ + End;

    public const string CreateHook = "-- event_guards.create_hook\n" + Begin + Driven + NotOver + """

                WHEN EXISTS (
                    SELECT 1 FROM workflow_events
                    WHERE correlation_id = @correlation_id AND has_long_id = 1 AND +run_key = @run_key
                      AND event_type = 'hook_created') THEN 'hook_exists'
                WHEN length(@correlation_id) <= 20 AND EXISTS (
                    SELECT 1 FROM workflow_events
                    WHERE run_key = @run_key AND event_type = 'hook_created' AND correlation_id = @correlation_id) THEN 'hook_exists'
        """ + End;

    public const string ResumeHook = "-- event_guards.resume_hook\n" + Begin + Known + LivingHook + End;

    public const string DisposeHook = "-- event_guards.dispose_hook\n" + Begin + Driven + LivingHook + End;

    public const string CreateWait = "-- event_guards.create_wait\n" + Begin + Driven + NotOver + """

                WHEN EXISTS (
                    SELECT 1 FROM workflow_waits WHERE run_key = @run_key AND wait_id = @correlation_id) THEN 'wait_exists'
        """ + End;

    public const string CompleteWait = "-- event_guards.complete_wait\n" + Begin + Known + Foreign + NotOver + """

                WHEN NOT EXISTS (
                    SELECT 1 FROM workflow_waits WHERE run_key = @run_key AND wait_id = @correlation_id) THEN 'wait_missing'
                WHEN EXISTS (
                    SELECT 1 FROM workflow_waits
                    WHERE run_key = @run_key AND wait_id = @correlation_id AND status = 'completed') THEN 'wait_over'
        """ + End;

    private const string Begin = """
        INSERT INTO guard (kind, holds)
        VALUES (
            CASE
        """;

    private const string End = Fresh + """

            END,
            FALSE)
        """;

    /// <summary>Asked last, and only on demand. Reads the log backwards as far as the caller has not seen it.</summary>
    private const string Fresh = """

                WHEN @state_updated_at IS NOT NULL AND EXISTS (
                    WITH RECURSIVE unseen (position, event_type, created_at) AS (
                        SELECT position, event_type, created_at
                        FROM (
                            SELECT position, event_type, created_at
                            FROM workflow_events
                            WHERE run_key = @run_key
                            ORDER BY position DESC
                            LIMIT 1)
                        UNION ALL
                        SELECT e.position, e.event_type, e.created_at
                        FROM unseen AS later
                        JOIN workflow_events AS e ON e.run_key = @run_key AND e.position = later.position - 1
                        WHERE later.created_at > @state_updated_at)
                    SELECT 1
                    FROM unseen
                    WHERE created_at > @state_updated_at
                      AND (event_type = 'hook_received' OR event_type = 'step_completed')) THEN 'state_stale'
        """;

    private const string Known = """

                WHEN NOT EXISTS (SELECT 1 FROM workflow_runs WHERE run_key = @run_key) THEN 'run_missing'
                WHEN (SELECT spec_version FROM workflow_runs WHERE run_key = @run_key) > 5 THEN 'run_too_new'
        """;

    private const string Foreign = """

                WHEN (SELECT spec_version FROM workflow_runs WHERE run_key = @run_key) IS NULL THEN 'run_owned'
        """;

    private const string Driven = Known + Foreign + NotLegacy;

    private const string NotLegacy = """

                WHEN (SELECT spec_version FROM workflow_runs WHERE run_key = @run_key) <= 1 THEN 'run_legacy'
        """;

    private const string NotOver = """

                WHEN (SELECT ended_position FROM workflow_runs WHERE run_key = @run_key) IS NOT NULL THEN 'run_over'
        """;

    private const string NotPaused = """

                WHEN (SELECT status FROM workflow_runs WHERE run_key = @run_key) = 'paused' THEN 'run_paused'
        """;

    private const string OpenStep = """

                WHEN NOT EXISTS (
                    SELECT 1 FROM workflow_steps WHERE run_key = @run_key AND step_id = @correlation_id) THEN 'step_missing'
                WHEN EXISTS (
                    SELECT 1 FROM workflow_steps
                    WHERE run_key = @run_key AND step_id = @correlation_id
                      AND status IN ('completed', 'failed', 'cancelled')) THEN 'step_over'
        """;

    private const string LivingHook = """

                WHEN NOT EXISTS (
                    SELECT 1 FROM workflow_hooks WHERE run_key = @run_key AND hook_id = @correlation_id) THEN 'hook_missing'
        """;
}
