namespace TursoWorld.Queue;

/// <summary>
/// Statements on <c>queue_messages</c> that concern plain messages. Such a message has version 0, its own bound on failures,
/// and the owner 'pull' while a receiver has it.
/// </summary>
internal static class MessageSql
{
    /// <summary>A plain message. Returns nothing: for an answer SQLite builds a table, which costs as much as the row.</summary>
    public const string Send = $"""
        -- queue.send
        INSERT INTO queue_messages (message_id, queue_name, workflow_version, payload, headers, max_failures, due_at,
                                    lease_ends_at, lease_owner, lease_token, claimed_ahead, attempt, created_at)
        VALUES (@message_id, @queue_name, 0, @payload, @headers, @max_failures, coalesce(@due_at, {QueueSql.Ready}), coalesce(@lease_ends_at, 0),
                @lease_owner, @lease_token, @claimed_ahead, @lease_token IS NOT NULL, @now)
        """;

    /// <summary>A plain message, unless its idempotency key belongs to another one.</summary>
    public const string SendKeyed = $"""
        -- queue.send_keyed
        INSERT INTO queue_messages (message_id, queue_name, workflow_version, keyed, payload, headers, max_failures, due_at,
                                    lease_ends_at, lease_owner, lease_token, claimed_ahead, attempt, created_at)
        SELECT @message_id, @queue_name, 0, 1, @payload, @headers, @max_failures, coalesce(@due_at, {QueueSql.Ready}),
               coalesce(@lease_ends_at, 0), @lease_owner, @lease_token, @claimed_ahead, @lease_token IS NOT NULL, @now
        WHERE EXISTS (
            SELECT 1 FROM queue_idempotency WHERE queue_name = @queue_name AND key = @key AND message_id = @message_id)
        RETURNING message_key
        """;

    /// <summary>After a lost answer: takes up those messages that were stored as ours. Reads all leases once.</summary>
    public const string TakeUp = """
        -- queue.take_up
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at
        WHERE lease_owner = @lease_owner AND lease_ends_at > 0 AND lease_token = @lease_token
          AND message_id IN (SELECT value FROM json_each(@message_ids))
        RETURNING message_id, message_key
        """;

    /// <summary>Takes the plain messages of one queue that are due, the longest due first, of each lane as many as there is room for.</summary>
    public const string ClaimPlain = $"""
        -- queue.claim_plain
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at, lease_owner = @lease_owner, lease_token = @lease_token, attempt = attempt + 1,
            due_at = {QueueSql.Taken}, claimed_ahead = 0
        WHERE message_key IN (
            {QueueSql.Due})
        RETURNING message_key, message_id, attempt, failures, payload, headers, due_at, max_failures, interruptions, lane
        """;

    /// <summary>
    /// As <see cref="ClaimPlain"/>, for messages that have to wait here for a slot: nobody has begun on them, so it does not count when their
    /// process dies. No suspects: they begin as soon as they are taken.
    /// </summary>
    public const string ClaimAhead = $"""
        -- queue.claim_ahead
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at, lease_owner = @lease_owner, lease_token = @lease_token, attempt = attempt + 1,
            due_at = {QueueSql.Taken}, claimed_ahead = 1
        WHERE interruptions = 0 AND message_key IN (
            {QueueSql.DueToAnybody})
        RETURNING message_key, message_id, attempt, failures, payload, headers, due_at, max_failures, interruptions, lane
        """;

    /// <summary>
    /// The queues under a prefix, and when the next plain message of each is due, in those lanes that have room: a step along the index for each name,
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
            SELECT min(coalesce(anybody, restricted), coalesce(restricted, anybody))
            FROM (
                SELECT (
                    SELECT m.due_at FROM queue_messages AS m
                    WHERE m.queue_name = names.queue_name AND m.workflow_version = 0 AND m.lease_ends_at = 0 AND m.lane = 0
                      AND m.due_at IS NOT NULL
                    ORDER BY m.due_at LIMIT 1) AS anybody, (
                    SELECT min(CASE m.lane WHEN 2 THEN max(@few_from, m.due_at) ELSE max(@alone_from, m.due_at) END)
                    FROM queue_messages AS m
                    WHERE m.queue_name = names.queue_name AND m.workflow_version = 0 AND m.lease_ends_at = 0 AND m.lane > 0
                      AND m.due_at IS NOT NULL) AS restricted)) AS due_at
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

    /// <summary>Plain messages of one claim are done with. One that does not come back belongs to somebody else.</summary>
    public const string CompleteAll = """
        -- queue.complete_all
        DELETE FROM queue_messages
        WHERE message_key IN (SELECT value FROM json_each(@message_keys)) AND lease_token = @lease_token
          AND lease_ends_at > 0 AND workflow_version = 0
        RETURNING message_key
        """;

    /// <summary>Plain messages of one claim that nobody has begun on, or that were cut short: as if they had not been claimed.</summary>
    public const string GiveBack = """
        -- queue.give_back
        UPDATE queue_messages
        SET lease_ends_at = 0, attempt = attempt - 1
        WHERE message_key IN (SELECT value FROM json_each(@message_keys)) AND lease_token = @lease_token
          AND lease_ends_at > 0 AND workflow_version = 0
        RETURNING message_key
        """;

    /// <summary>A plain message is due again, at once or later. <c>@uncounted</c> deliveries did not count.</summary>
    public const string Postpone = $"""
        -- queue.postpone
        UPDATE queue_messages
        SET due_at = coalesce(@due_at, {QueueSql.Ready}), lease_ends_at = 0, attempt = attempt - @uncounted
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
        SELECT message_key, message_id, queue_name, payload, headers, attempt, failures + interruptions AS failures, created_at, dead_at
        FROM queue_messages
        WHERE queue_name = @queue_name AND dead_at IS NOT NULL AND message_key > @after
        ORDER BY message_key
        LIMIT @limit
        """;

    public const string ListDeadBackwards = """
        -- queue.list_dead_backwards
        SELECT message_key, message_id, queue_name, payload, headers, attempt, failures + interruptions AS failures, created_at, dead_at
        FROM queue_messages
        WHERE queue_name = @queue_name AND dead_at IS NOT NULL AND message_key < @after
        ORDER BY message_key DESC
        LIMIT @limit
        """;

    /// <summary>A dead message is delivered again, as if it had never failed.</summary>
    public const string Redrive = $"""
        -- queue.redrive
        UPDATE queue_messages
        SET dead_at = NULL, due_at = {QueueSql.Ready}, failures = 0, interruptions = 0, lane = 0, attempt = 0
        WHERE message_id = @message_id AND dead_at IS NOT NULL
        RETURNING message_key
        """;

    public const string RedriveAll = $"""
        -- queue.redrive_all
        UPDATE queue_messages
        SET dead_at = NULL, due_at = {QueueSql.Ready}, failures = 0, interruptions = 0, lane = 0, attempt = 0
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
