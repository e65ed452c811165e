using TursoWorld.Queue;

namespace TursoWorld.Turns;

/// <summary>What is read about queued steps, each of which is a message, a row and an event.</summary>
internal static class QueuedStepSql
{
    /// <summary>
    /// Steps of one queue that are due and that nobody has, of each lane as many as there is room for, the longest due first. The joins keep
    /// their order.
    /// </summary>
    public const string ListDue = $"""
        -- queued_steps.list_due
        SELECT m.message_key, m.message_id, m.attempt AS deliveries, m.failures, m.lane, m.run_key, r.run_id, m.step_id, s.attempt,
               s.status = 'running' AS is_interrupted, s.started_at, created.data, created.payload, latest.data AS latest_data
        FROM (
            {QueueSql.Due}) AS due
        CROSS JOIN queue_messages AS m ON m.message_key = due.message_key
        CROSS JOIN workflow_runs AS r ON r.run_key = m.run_key
        CROSS JOIN workflow_steps AS s ON s.run_key = m.run_key AND s.step_id = m.step_id
        CROSS JOIN workflow_events AS created ON created.run_key = s.run_key AND created.position = s.created_position
        LEFT JOIN workflow_events AS latest ON latest.run_key = s.run_key AND latest.position = s.latest_position
        """;

    /// <summary>Of some attempts, given as message, token, run and step, those whose message is gone or somebody else's, and why.</summary>
    public const string ListWithdrawn = """
        -- queued_steps.list_withdrawn
        SELECT h.key,
               CASE
                   WHEN r.run_key IS NULL OR r.ended_position IS NOT NULL THEN 'run'
                   WHEN s.status = 'cancelled' THEN 'step'
                   ELSE 'lease' END AS cause
        FROM json_each(@held) AS h
        LEFT JOIN queue_messages AS m
          ON m.message_key = json_extract(h.value, '$[0]') AND m.lease_token = json_extract(h.value, '$[1]') AND m.lease_ends_at > 0
        LEFT JOIN workflow_runs AS r ON r.run_key = json_extract(h.value, '$[2]')
        LEFT JOIN workflow_steps AS s ON s.run_key = r.run_key AND s.step_id = json_extract(h.value, '$[3]')
        WHERE m.message_key IS NULL
        ORDER BY h.key
        """;
}
