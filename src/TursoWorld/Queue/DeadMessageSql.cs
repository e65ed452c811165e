namespace TursoWorld.Queue;

/// <summary>Every statement on those of <c>queue_messages</c> that have been dead for long.</summary>
internal static class DeadMessageSql
{
    /// <summary>Messages that died before an instant, oldest first, and how many bytes each has. Reads no payload.</summary>
    public const string ListExpired = """
        -- dead_messages.list_expired
        SELECT message_key, length(payload) AS bytes
        FROM queue_messages
        WHERE dead_at <= @dead_before
        ORDER BY dead_at, message_key
        LIMIT @limit
        """;

    /// <summary>Of some messages, those that are still dead and have not died anew.</summary>
    public const string Purge = """
        -- dead_messages.purge
        DELETE FROM queue_messages
        WHERE message_key IN (SELECT value FROM json_each(@message_keys)) AND dead_at <= @dead_before
        RETURNING message_key
        """;
}
