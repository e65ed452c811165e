namespace TursoWorld.Queue;

/// <summary>Every statement on <c>queue_idempotency</c>.</summary>
internal static class IdempotencySql
{
    // The message that has the key is not finished.
    private const string Holds = """
        EXISTS (
            SELECT 1
            FROM queue_messages AS m
            WHERE m.message_id = queue_idempotency.message_id AND m.keyed = 1 AND m.dead_at IS NULL)
        """;

    /// <summary>Frees a key that holds no longer. A dead message is finished: nobody would get to see it otherwise.</summary>
    public const string Release = $"""
        -- idempotency.release
        DELETE FROM queue_idempotency
        WHERE queue_name = @queue_name AND key = @key AND expires_at <= @now
          AND NOT {Holds}
        """;

    /// <summary>Takes a key for a message, unless it is held; the answer says which message has it.</summary>
    public const string Take = """
        -- idempotency.take
        INSERT INTO queue_idempotency (queue_name, key, message_id, expires_at, sweep_at)
        VALUES (@queue_name, @key, @message_id, @expires_at, @expires_at)
        ON CONFLICT (queue_name, key) DO UPDATE SET message_id = message_id
        RETURNING message_id
        """;

    /// <summary>Removes keys that hold no longer, a few at a time.</summary>
    public const string Sweep = $"""
        -- idempotency.sweep
        DELETE FROM queue_idempotency
        WHERE entry_key IN (
            SELECT entry_key FROM queue_idempotency WHERE sweep_at <= @now ORDER BY sweep_at LIMIT @limit)
          AND NOT {Holds}
        RETURNING entry_key
        """;

    /// <summary>Whether <see cref="Sweep"/> has anything to look at.</summary>
    public const string IsDue = """
        -- idempotency.is_due
        SELECT EXISTS (SELECT 1 FROM queue_idempotency WHERE sweep_at <= @now)
        """;

    /// <summary>
    /// What still holds is looked at again later, so that it does not stand in the way of what can go: after a minute, and then
    /// after as long as it has held beyond its time, so that a million messages that wait for days cost a few looks each.
    /// </summary>
    public const string Postpone = $"""
        -- idempotency.postpone
        UPDATE queue_idempotency
        SET sweep_at = @now + max(60000, @now - expires_at)
        WHERE entry_key IN (
            SELECT entry_key FROM queue_idempotency WHERE sweep_at <= @now ORDER BY sweep_at LIMIT @limit)
          AND {Holds}
        """;
}
