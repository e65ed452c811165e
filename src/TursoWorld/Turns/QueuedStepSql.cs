using TursoWorld.Queue;

namespace TursoWorld.Turns;

/// <summary>What is read about queued steps, each of which is a message.</summary>
internal static class QueuedStepSql
{
    /// <summary>
    /// Steps of one queue that are due and that nobody has, of each lane as many as there is room for, the longest due first. The joins keep
    /// their order.
    /// </summary>
    public const string ListDue = $"""
        -- queued_steps.list_due
        SELECT m.message_key, m.message_id, m.attempt AS deliveries, m.failures, m.lane, m.run_key, r.run_id, m.step_id
        FROM (
            {QueueSql.Due}) AS due
        CROSS JOIN queue_messages AS m ON m.message_key = due.message_key
        CROSS JOIN workflow_runs AS r ON r.run_key = m.run_key
        """;

    /// <summary>Of some attempts, given as message, token and run, those whose message is gone or somebody else's, and whether their run goes on.</summary>
    public const string ListWithdrawn = """
        -- queued_steps.list_withdrawn
        SELECT h.key AS place, m.message_key IS NOT NULL AS is_taken, r.run_key IS NOT NULL AS is_active
        FROM json_each(@held) AS h
        LEFT JOIN queue_messages AS m ON m.message_key = json_extract(h.value, '$[0]')
        LEFT JOIN workflow_runs AS r ON r.run_key = json_extract(h.value, '$[2]') AND r.ended_position IS NULL
        WHERE m.message_key IS NULL OR m.lease_token IS NOT json_extract(h.value, '$[1]') OR m.lease_ends_at = 0
        ORDER BY h.key
        """;
}
