namespace TursoWorld.Queue;

/// <summary>
/// Statements on <c>queue_messages</c>: the messages of runs, and the leases of all; <see cref="MessageSql"/> has those on
/// plain messages. Whoever claims a message sets its lease and a token; every later write in the name of that claim asks for
/// the token. A message that nobody has says so with <c>lease_ends_at = 0</c>.
/// </summary>
/// <remarks>
/// <c>due_at</c> is an instant only for what waits for one. What is ready says since when, moved so far into the past that it is due
/// however the clock is set: it has a number below 0. A claim makes ready what it takes, so that whoever gets it back needs no clock.
/// </remarks>
internal static class QueueSql
{
    /// <summary>Milliseconds between the instant since when something is ready and its <c>due_at</c>: 1,900 years.</summary>
    internal const string ReadyShift = "60000000000000";

    /// <summary>Ready from now on.</summary>
    internal const string Ready = $"@now - {ReadyShift}";

    /// <summary>Ready, and since when it was due if that has come.</summary>
    internal const string Woken = $"""
        CASE WHEN due_at < 0 THEN due_at ELSE min(coalesce(due_at, @now), @now) - {ReadyShift} END
        """;

    /// <summary>Ready, and since when it was due.</summary>
    internal const string Taken = $"CASE WHEN due_at < 0 THEN due_at ELSE due_at - {ReadyShift} END";

    /// <summary>
    /// The keys of what nobody has, is due in one queue, and may be taken up by anybody, in the order in which it became so: what is ready,
    /// and what has waited for an instant. Walks along the index for each, and sorts no more rows than it is asked for.
    /// </summary>
    /// <remarks>A limit that is a bare parameter makes SQLite compile the statement anew whenever that is bound: hence the sums.</remarks>
    internal const string DueToAnybody = $"""
        SELECT message_key
            FROM (
                SELECT message_key, since
                FROM (
                    SELECT message_key, due_at + {ReadyShift} AS since
                    FROM queue_messages
                    WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0 AND lane = 0
                      AND due_at < 0
                    ORDER BY due_at, message_key
                    LIMIT @limit + 0)
                UNION ALL
                SELECT message_key, due_at
                FROM (
                    SELECT message_key, due_at
                    FROM queue_messages
                    WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0 AND lane = 0
                      AND due_at >= 0 AND due_at <= @now
                    ORDER BY due_at, message_key
                    LIMIT @limit + 0)
                ORDER BY since, message_key
                LIMIT @limit + 0)
        """;

    /// <summary>
    /// As <see cref="DueToAnybody"/>, and of each other lane (<see cref="TursoWorld.Abstractions.Lane"/>) as many as there is room for, which
    /// come first.
    /// </summary>
    internal const string Due = $"""
        SELECT message_key
            FROM (
                SELECT message_key
                FROM (
                    SELECT message_key
                    FROM queue_messages
                    WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0 AND lane = 3
                      AND due_at <= @now
                    ORDER BY due_at, message_key
                    LIMIT @alone + 0)
                UNION ALL
                SELECT message_key
                FROM (
                    SELECT message_key
                    FROM queue_messages
                    WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0 AND lane = 2
                      AND due_at <= @now
                    ORDER BY due_at, message_key
                    LIMIT @few + 0)
                UNION ALL
                SELECT message_key
                FROM (
                    SELECT message_key
                    FROM queue_messages
                    WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0 AND lane = 1
                      AND due_at <= @now
                    ORDER BY due_at, message_key
                    LIMIT @slots + 0)
                UNION ALL
                {DueToAnybody})
            LIMIT @limit + 0
        """;

    /// <summary>The message of a run that the same unit inserts, claimed already when somebody here has room for it.</summary>
    public const string Enqueue = $"""
        -- queue.enqueue
        INSERT INTO queue_messages (message_id, queue_name, workflow_version, run_key, due_at, lease_ends_at, lease_owner,
                                    lease_token, attempt, created_at)
        SELECT @message_id, @queue_name, workflow_version, run_key, {Ready}, coalesce(@lease_ends_at, 0), @lease_owner,
               @lease_token, @lease_token IS NOT NULL, @now
        FROM workflow_runs
        WHERE run_id = @run_id
        RETURNING message_key
        """;

    /// <summary>Takes the runs that are due, the longest due first, of each lane as many as there is room for.</summary>
    public const string Claim = $"""
        -- queue.claim
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at, lease_owner = @lease_owner, lease_token = @lease_token, attempt = attempt + 1,
            due_at = {Taken}, lane = CASE WHEN lane = 1 THEN 0 ELSE lane END
        WHERE message_key IN (
            {Due})
        RETURNING message_key, message_id, run_key, wakes, attempt, failures, interruptions, lane
        """;

    /// <summary>When the next message that nobody has is due, and there is room for it in its lane.</summary>
    /// <remarks>Two searches: the restricted lanes are empty nearly always.</remarks>
    public const string NextDue = """
        -- queue.next_due
        SELECT min(coalesce(anybody, restricted), coalesce(restricted, anybody))
        FROM (
            SELECT (
                SELECT due_at FROM queue_messages
                WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0 AND lane = 0
                  AND due_at IS NOT NULL
                ORDER BY due_at LIMIT 1) AS anybody, (
                SELECT min(CASE lane
                    WHEN 1 THEN CASE WHEN @slots > 0 THEN due_at END
                    WHEN 2 THEN max(@few_from, due_at)
                    ELSE max(@alone_from, due_at) END)
                FROM queue_messages
                WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0 AND lane > 0
                  AND due_at IS NOT NULL) AS restricted)
        """;

    /// <summary>
    /// Nothing of the run is in flight. A wake-up that came since the turn looked makes the message due at once, so none
    /// is lost; so does a hook of this very unit that met a token already taken, because the workflow has to hear of it.
    /// </summary>
    public const string Park = $"""
        -- queue.park
        UPDATE queue_messages
        SET due_at = CASE
                WHEN wakes <> @seen_wakes THEN {Ready}
                WHEN @has_conflict THEN {Ready}
                ELSE @due_at END,
            lease_ends_at = 0
        WHERE message_key = @message_key
        RETURNING due_at
        """;

    /// <summary>Whoever is next may have it, in a lane, unless it is a suspect.</summary>
    public const string Release = $"""
        -- queue.release
        UPDATE queue_messages
        SET due_at = {Ready}, lease_ends_at = 0, lane = CASE WHEN lane = 0 THEN @lane ELSE lane END
        WHERE message_key = @message_key
        """;

    public const string ClearFailures = """
        -- queue.clear_failures
        UPDATE queue_messages
        SET failures = 0
        WHERE message_key = @message_key
        """;

    public const string ClearInterruptions = """
        -- queue.clear_interruptions
        UPDATE queue_messages
        SET interruptions = 0, lane = 0
        WHERE message_key = @message_key
        """;

    public const string Fail = """
        -- queue.fail
        UPDATE queue_messages
        SET due_at = @due_at, lease_ends_at = 0, failures = failures + 1
        WHERE message_key = @message_key AND lease_token = @lease_token
        """;

    public const string Delete = """
        -- queue.delete
        DELETE FROM queue_messages
        WHERE message_key = @message_key
        """;

    /// <summary>Its run was ended from outside.</summary>
    public const string DeleteOfRun = """
        -- queue.delete_of_run
        DELETE FROM queue_messages
        WHERE run_key = @run_key AND step_id IS NULL
        """;

    /// <summary>Somebody has appended to the log of a run.</summary>
    public const string WakeRun = $"""
        -- queue.wake_run
        UPDATE queue_messages
        SET wakes = wakes + 1, due_at = {Woken}, lane = CASE WHEN lane = 1 THEN 0 ELSE lane END
        WHERE run_key = @run_key AND step_id IS NULL
        """;

    /// <summary>Wakes the run that waits at a hook.</summary>
    public const string WakeByHook = $"""
        -- queue.wake_by_hook
        UPDATE queue_messages
        SET wakes = wakes + 1, due_at = {Woken}, lane = CASE WHEN lane = 1 THEN 0 ELSE lane END
        WHERE run_key = (SELECT run_key FROM workflow_hooks WHERE token = @token) AND step_id IS NULL
        """;

    /// <summary>Wakes the parent of a run that the same unit has ended, if that waits for it.</summary>
    public const string WakeByChild = $"""
        -- queue.wake_by_child
        UPDATE queue_messages
        SET wakes = wakes + 1, due_at = {Woken}, lane = CASE WHEN lane = 1 THEN 0 ELSE lane END
        WHERE run_key = (
            SELECT p.run_key
            FROM workflow_runs AS c
            JOIN workflow_runs AS p ON p.run_id = c.parent_run_id
            WHERE c.run_key = @run_key AND c.parent_waits = 1) AND step_id IS NULL
        RETURNING run_key
        """;

    /// <summary>The wake-ups of one message.</summary>
    public const string Wakes = """
        -- queue.wakes
        SELECT wakes
        FROM queue_messages
        WHERE message_key = @message_key
        """;

    /// <summary>The runs of some messages, given as key, wake-ups seen and run, that have been woken or ended since.</summary>
    public const string FindWoken = """
        -- queue.find_woken
        SELECT json_extract(s.value, '$[2]') AS run_key
        FROM json_each(@seen) AS s
        LEFT JOIN queue_messages AS m ON m.message_key = json_extract(s.value, '$[0]')
        WHERE m.message_key IS NULL OR m.wakes <> json_extract(s.value, '$[1]')
        ORDER BY s.key
        """;

    /// <summary>Renews the leases of one worker on some messages. One that does not come back is lost.</summary>
    public const string Renew = """
        -- queue.renew
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at
        WHERE message_key IN (SELECT value FROM json_each(@message_keys)) AND lease_owner = @lease_owner
          AND lease_ends_at > 0
        RETURNING message_key, lease_token
        """;

    /// <summary>Renews one lease inside a transaction that held everybody up.</summary>
    public const string RenewOne = """
        -- queue.renew_one
        UPDATE queue_messages
        SET lease_ends_at = max(lease_ends_at, @lease_ends_at)
        WHERE message_key = @message_key AND lease_token = @lease_token
        """;

    /// <summary>A worker is dead, and what it had begun is a suspect. At so many interruptions a plain message is dead as well.</summary>
    public const string EndLeases = """
        -- queue.end_leases
        UPDATE queue_messages
        SET lease_ends_at = 0,
            interruptions = interruptions + 1 - claimed_ahead,
            lane = CASE
                WHEN interruptions + 1 - claimed_ahead >= 4 THEN 3
                WHEN interruptions + 1 - claimed_ahead >= 2 THEN 2
                ELSE 0 END,
            due_at = CASE WHEN max_failures IS NOT NULL AND interruptions + 1 - claimed_ahead >= @most THEN NULL ELSE due_at END,
            dead_at = CASE WHEN max_failures IS NOT NULL AND interruptions + 1 - claimed_ahead >= @most THEN @now END
        WHERE lease_owner = @lease_owner AND lease_ends_at > 0
        RETURNING message_key
        """;

    /// <summary>A worker leaves while something of it has not ended.</summary>
    public const string GiveBackLeases = $"""
        -- queue.give_back_leases
        UPDATE queue_messages
        SET lease_ends_at = 0, due_at = {Woken}
        WHERE lease_owner = @lease_owner AND lease_ends_at > 0
        """;

    /// <summary>Leases that ought to have been renewed by then. Nobody renews those of messages that were pulled.</summary>
    public const string Lapsed = """
        -- queue.lapsed
        SELECT message_key, lease_token, lease_ends_at, lease_owner
        FROM queue_messages
        WHERE lease_ends_at > 0 AND lease_ends_at <= @now AND lease_owner <> 'pull'
        ORDER BY lease_ends_at, message_key
        """;

    /// <summary>After a lost answer: what a claim took, if it took something, is as if it had not been claimed.</summary>
    public const string GiveBackClaim = """
        -- queue.give_back_claim
        UPDATE queue_messages
        SET lease_ends_at = 0, attempt = attempt - 1
        WHERE lease_owner = @lease_owner AND lease_ends_at > 0 AND lease_token = @lease_token
        """;

    /// <summary>Ends a lease that nobody has renewed since it was looked at.</summary>
    public const string EndLapsed = """
        -- queue.end_lapsed
        UPDATE queue_messages
        SET lease_ends_at = 0,
            interruptions = interruptions + 1 - claimed_ahead,
            lane = CASE
                WHEN interruptions + 1 - claimed_ahead >= 4 THEN 3
                WHEN interruptions + 1 - claimed_ahead >= 2 THEN 2
                ELSE 0 END,
            due_at = CASE WHEN max_failures IS NOT NULL AND interruptions + 1 - claimed_ahead >= @most THEN NULL ELSE due_at END,
            dead_at = CASE WHEN max_failures IS NOT NULL AND interruptions + 1 - claimed_ahead >= @most THEN @now END
        WHERE message_key = @message_key AND lease_token = @lease_token AND lease_ends_at = @lease_ends_at
        RETURNING message_key
        """;

    /// <summary>The messages of runs that are deleted.</summary>
    public const string DeleteRuns = """
        -- queue.delete_runs
        DELETE FROM queue_messages
        WHERE run_key IN (SELECT value FROM json_each(@run_keys)) AND step_id IS NULL
        """;

    /// <summary>In a copy of the database: whoever had something has it in the original.</summary>
    public const string EndAllLeases = """
        -- queue.end_all_leases
        UPDATE queue_messages
        SET lease_ends_at = 0
        WHERE lease_ends_at > 0
        """;
}
