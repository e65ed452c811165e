namespace TursoWorld.Queue;

/// <summary>
/// Every statement on <c>queue_messages</c>. Whoever claims a message sets its lease and a token; every later write in
/// the name of that claim asks for the token. A message that nobody has says so with <c>lease_ends_at = 0</c>. A plain
/// message has version 0, its own bound on failures, and the owner 'pull' while a receiver has it.
/// </summary>
internal static class QueueSql
{
    /// <summary>The message of a run that the same unit inserts, claimed already when somebody here has room for it.</summary>
    public const string Enqueue = """
        -- queue.enqueue
        INSERT INTO queue_messages (message_id, queue_name, workflow_version, run_key, due_at, lease_ends_at, lease_owner,
                                    lease_token, attempt, created_at)
        SELECT @message_id, @queue_name, workflow_version, run_key, @now, coalesce(@lease_ends_at, 0), @lease_owner,
               @lease_token, @lease_token IS NOT NULL, @now
        FROM workflow_runs
        WHERE run_id = @run_id
        RETURNING message_key
        """;

    /// <summary>Takes the runs that are due, oldest first. Walks the index; sorts nothing.</summary>
    public const string Claim = """
        -- queue.claim
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at, lease_owner = @lease_owner, lease_token = @lease_token, attempt = attempt + 1
        WHERE message_key IN (
            SELECT message_key
            FROM queue_messages
            WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0 AND due_at <= @now
            ORDER BY due_at, message_key
            LIMIT @limit)
        RETURNING message_key, message_id, run_key, wakes, attempt, failures
        """;

    /// <summary>When the next message that nobody has is due.</summary>
    public const string NextDue = """
        -- queue.next_due
        SELECT due_at
        FROM queue_messages
        WHERE queue_name = @queue_name AND workflow_version = @workflow_version AND lease_ends_at = 0
          AND due_at IS NOT NULL
        ORDER BY due_at
        LIMIT 1
        """;

    /// <summary>
    /// Nothing of the run is in flight. A wake-up that came since the turn looked makes the message due at once, so none
    /// is lost; so does a hook of this very unit that met a token already taken, because the workflow has to hear of it.
    /// </summary>
    public const string Park = """
        -- queue.park
        UPDATE queue_messages
        SET due_at = CASE
                WHEN wakes <> @seen_wakes THEN @now
                WHEN EXISTS (
                    SELECT 1
                    FROM workflow_events AS e
                    WHERE e.run_key = queue_messages.run_key AND e.position > @hooks_after
                      AND e.event_type = 'hook_conflict') THEN @now
                ELSE @due_at END,
            lease_ends_at = 0
        WHERE message_key = @message_key
        RETURNING due_at
        """;

    /// <summary>Whoever is next may have it.</summary>
    public const string Release = """
        -- queue.release
        UPDATE queue_messages
        SET due_at = @now, lease_ends_at = 0
        WHERE message_key = @message_key
        """;

    public const string ClearFailures = """
        -- queue.clear_failures
        UPDATE queue_messages
        SET failures = 0
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
        WHERE message_id = (SELECT 'msg_' || substr(run_id, 6) FROM workflow_runs WHERE run_key = @run_key)
        """;

    /// <summary>Somebody has appended to the log of a run.</summary>
    public const string WakeRun = """
        -- queue.wake_run
        UPDATE queue_messages
        SET wakes = wakes + 1, due_at = min(coalesce(due_at, @now), @now)
        WHERE message_id = (SELECT 'msg_' || substr(run_id, 6) FROM workflow_runs WHERE run_key = @run_key)
        """;

    /// <summary>Wakes the run that waits at a hook.</summary>
    public const string WakeByHook = """
        -- queue.wake_by_hook
        UPDATE queue_messages
        SET wakes = wakes + 1, due_at = min(coalesce(due_at, @now), @now)
        WHERE message_id = (
            SELECT 'msg_' || substr(r.run_id, 6)
            FROM workflow_hooks AS h
            JOIN workflow_runs AS r ON r.run_key = h.run_key
            WHERE h.token = @token)
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

    /// <summary>A worker is dead.</summary>
    public const string EndLeases = """
        -- queue.end_leases
        UPDATE queue_messages
        SET lease_ends_at = 0, failures = failures + 1,
            due_at = CASE WHEN failures + 1 >= max_failures THEN NULL ELSE due_at END,
            dead_at = CASE WHEN failures + 1 >= max_failures THEN @now END
        WHERE lease_owner = @lease_owner AND lease_ends_at > 0
        RETURNING message_key
        """;

    /// <summary>A worker leaves while something of it has not ended.</summary>
    public const string GiveBackLeases = """
        -- queue.give_back_leases
        UPDATE queue_messages
        SET lease_ends_at = 0, due_at = min(coalesce(due_at, @now), @now)
        WHERE lease_owner = @lease_owner AND lease_ends_at > 0
        """;

    /// <summary>Leases that ought to have been renewed. Nobody renews those of messages that were pulled.</summary>
    public const string Lapsed = """
        -- queue.lapsed
        SELECT message_key, lease_token, lease_ends_at
        FROM queue_messages
        WHERE lease_ends_at > 0 AND lease_ends_at <= @now AND lease_owner <> 'pull'
        ORDER BY lease_owner, lease_ends_at, message_key
        """;

    /// <summary>Ends a lease that nobody has renewed since it was looked at.</summary>
    public const string EndLapsed = """
        -- queue.end_lapsed
        UPDATE queue_messages
        SET lease_ends_at = 0, failures = failures + 1,
            due_at = CASE WHEN failures + 1 >= max_failures THEN NULL ELSE due_at END,
            dead_at = CASE WHEN failures + 1 >= max_failures THEN @now END
        WHERE message_key = @message_key AND lease_token = @lease_token AND lease_ends_at = @lease_ends_at
        RETURNING message_key
        """;

    /// <summary>The messages of runs that are deleted. Found by their ids, which derive from those of the runs.</summary>
    public const string DeleteRuns = """
        -- queue.delete_runs
        DELETE FROM queue_messages
        WHERE message_id IN (
            SELECT 'msg_' || substr(r.run_id, 6)
            FROM json_each(@run_keys) AS gone
            JOIN workflow_runs AS r ON r.run_key = gone.value)
        """;

    /// <summary>In a copy of the database: whoever had something has it in the original.</summary>
    public const string EndAllLeases = """
        -- queue.end_all_leases
        UPDATE queue_messages
        SET lease_ends_at = 0
        WHERE lease_ends_at > 0
        """;

    /// <summary>A plain message, unless its idempotency key belongs to another one.</summary>
    public const string Send = """
        -- queue.send
        INSERT INTO queue_messages (message_id, queue_name, workflow_version, payload, headers, max_failures, due_at,
                                    lease_ends_at, lease_owner, lease_token, attempt, created_at)
        SELECT @message_id, @queue_name, 0, @payload, @headers, @max_failures, @due_at, coalesce(@lease_ends_at, 0),
               @lease_owner, @lease_token, @lease_token IS NOT NULL, @now
        WHERE @key IS NULL OR EXISTS (
            SELECT 1 FROM queue_idempotency WHERE queue_name = @queue_name AND key = @key AND message_id = @message_id)
        RETURNING message_key
        """;

    /// <summary>Takes the plain messages of one queue that are due, oldest first. Walks the index; sorts nothing.</summary>
    public const string ClaimPlain = """
        -- queue.claim_plain
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at, lease_owner = @lease_owner, lease_token = @lease_token, attempt = attempt + 1
        WHERE message_key IN (
            SELECT message_key
            FROM queue_messages
            WHERE queue_name = @queue_name AND workflow_version = 0 AND lease_ends_at = 0 AND due_at <= @now
            ORDER BY due_at, message_key
            LIMIT @limit)
        RETURNING message_key, message_id, queue_name, attempt, failures, payload, headers, due_at
        """;

    /// <summary>
    /// The queues under a prefix, and when the next plain message of each is due: a step along the index for each name,
    /// however many messages it has.
    /// </summary>
    public const string DueNames = """
        -- queue.due_names
        WITH RECURSIVE names (queue_name) AS (
            SELECT (
                SELECT queue_name
                FROM queue_messages
                WHERE lease_ends_at = 0 AND queue_name >= @prefix
                ORDER BY queue_name
                LIMIT 1)
            UNION ALL
            SELECT (
                SELECT m.queue_name
                FROM queue_messages AS m
                WHERE m.lease_ends_at = 0 AND m.queue_name > names.queue_name
                ORDER BY m.queue_name
                LIMIT 1)
            FROM names
            WHERE substr(names.queue_name, 1, length(@prefix)) = @prefix)
        SELECT queue_name, (
            SELECT m.due_at
            FROM queue_messages AS m
            WHERE m.queue_name = names.queue_name AND m.workflow_version = 0 AND m.lease_ends_at = 0
              AND m.due_at IS NOT NULL
            ORDER BY m.due_at
            LIMIT 1) AS due_at
        FROM names
        WHERE substr(queue_name, 1, length(@prefix)) = @prefix
        """;

    /// <summary>When the next pulled message comes back unless its receiver is done with it.</summary>
    public const string NextLapse = """
        -- queue.next_lapse
        SELECT min(lease_ends_at)
        FROM queue_messages
        WHERE lease_owner = 'pull' AND lease_ends_at > 0
        """;

    /// <summary>Pulled messages whose receivers were not done in time.</summary>
    public const string EndVisibility = """
        -- queue.end_visibility
        UPDATE queue_messages
        SET lease_ends_at = 0, failures = failures + 1,
            due_at = CASE WHEN failures + 1 >= max_failures THEN NULL ELSE due_at END,
            dead_at = CASE WHEN failures + 1 >= max_failures THEN @now END
        WHERE lease_owner = 'pull' AND lease_ends_at > 0 AND lease_ends_at <= @now
        RETURNING message_id, dead_at
        """;

    /// <summary>A plain message is done with. No row: somebody else has it.</summary>
    public const string Complete = """
        -- queue.complete
        DELETE FROM queue_messages
        WHERE message_key = @message_key AND lease_token = @lease_token AND lease_ends_at > 0 AND workflow_version = 0
        RETURNING message_key
        """;

    /// <summary>A plain message is due again later. <c>@uncounted</c> deliveries did not count.</summary>
    public const string Postpone = """
        -- queue.postpone
        UPDATE queue_messages
        SET due_at = @due_at, lease_ends_at = 0, attempt = attempt - @uncounted
        WHERE message_key = @message_key AND lease_token = @lease_token AND lease_ends_at > 0 AND workflow_version = 0
        RETURNING message_key
        """;

    /// <summary>The delivery of a plain message failed.</summary>
    public const string FailPlain = """
        -- queue.fail_plain
        UPDATE queue_messages
        SET lease_ends_at = 0, failures = failures + 1,
            due_at = CASE WHEN failures + 1 >= max_failures THEN NULL ELSE @due_at END,
            dead_at = CASE WHEN failures + 1 >= max_failures THEN @now END
        WHERE message_key = @message_key AND lease_token = @lease_token AND lease_ends_at > 0 AND workflow_version = 0
        RETURNING dead_at
        """;

    /// <summary>The receiver of a pulled message needs more time, or less.</summary>
    public const string Extend = """
        -- queue.extend
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at
        WHERE message_key = @message_key AND lease_token = @lease_token AND lease_ends_at > 0 AND lease_owner = 'pull'
        RETURNING message_key
        """;

    /// <summary>How many plain messages each queue has.</summary>
    public const string Depths = """
        -- queue.depths
        SELECT queue_name,
               sum(dead_at IS NULL AND lease_ends_at = 0 AND due_at <= @now) AS ready,
               sum(dead_at IS NULL AND lease_ends_at = 0 AND due_at > @now) AS delayed,
               sum(lease_ends_at > 0) AS in_flight,
               sum(dead_at IS NOT NULL) AS dead,
               min(CASE WHEN dead_at IS NULL THEN created_at END) AS oldest_at
        FROM queue_messages
        WHERE workflow_version = 0
        GROUP BY queue_name
        ORDER BY queue_name
        """;

    /// <summary>Dead messages of a queue, in order of arrival.</summary>
    public const string ListDead = """
        -- queue.list_dead
        SELECT message_key, message_id, queue_name, payload, headers, attempt, failures, created_at, dead_at
        FROM queue_messages
        WHERE queue_name = @queue_name AND dead_at IS NOT NULL AND message_key > @after
        ORDER BY message_key
        LIMIT @limit
        """;

    public const string ListDeadBackwards = """
        -- queue.list_dead_backwards
        SELECT message_key, message_id, queue_name, payload, headers, attempt, failures, created_at, dead_at
        FROM queue_messages
        WHERE queue_name = @queue_name AND dead_at IS NOT NULL AND message_key < @after
        ORDER BY message_key DESC
        LIMIT @limit
        """;

    /// <summary>A dead message is delivered again, as if it had never failed.</summary>
    public const string Redrive = """
        -- queue.redrive
        UPDATE queue_messages
        SET dead_at = NULL, due_at = @now, failures = 0, attempt = 0
        WHERE message_id = @message_id AND dead_at IS NOT NULL
        RETURNING message_key
        """;

    public const string RedriveAll = """
        -- queue.redrive_all
        UPDATE queue_messages
        SET dead_at = NULL, due_at = @now, failures = 0, attempt = 0
        WHERE queue_name = @queue_name AND dead_at IS NOT NULL
        RETURNING message_key
        """;

    public const string DeleteDead = """
        -- queue.delete_dead
        DELETE FROM queue_messages
        WHERE message_id = @message_id AND dead_at IS NOT NULL
        RETURNING message_key
        """;

    public const string DeleteAllDead = """
        -- queue.delete_all_dead
        DELETE FROM queue_messages
        WHERE queue_name = @queue_name AND dead_at IS NOT NULL
        RETURNING message_key
        """;
}
