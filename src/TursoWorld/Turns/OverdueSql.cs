using TursoWorld.Queue;

namespace TursoWorld.Turns;

/// <summary>Statements that find what has been due for a while and nobody has taken up.</summary>
internal static class OverdueSql
{
    private const string Since = $"CASE WHEN m.due_at < 0 THEN m.due_at + {QueueSql.ReadyShift} ELSE m.due_at END";

    private const string IsOverdue =
        $"lease_ends_at = 0 AND due_at <= CASE WHEN due_at < 0 THEN @overdue - {QueueSql.ReadyShift} ELSE @overdue END";

    /// <summary>The queues with such messages, since when the longest is due, and whether a living worker has others of the same queue.</summary>
    /// <remarks>Steps from queue to queue, and looks at two messages in each lane: it costs as much with a million messages as with ten.</remarks>
    public const string ListQueues = $"""
        -- overdue.list_queues
        WITH RECURSIVE
            queues (name, version) AS (
                SELECT queue_name, workflow_version
                FROM (
                    SELECT queue_name, workflow_version
                    FROM queue_messages
                    WHERE lease_ends_at = 0
                    ORDER BY queue_name, workflow_version
                    LIMIT 1)
                UNION ALL
                SELECT m.queue_name, m.workflow_version
                FROM queues AS q
                CROSS JOIN queue_messages AS m ON m.message_key = coalesce(
                    (SELECT message_key
                     FROM queue_messages
                     WHERE lease_ends_at = 0 AND queue_name = q.name AND workflow_version > q.version
                     ORDER BY workflow_version
                     LIMIT 1),
                    (SELECT message_key
                     FROM queue_messages
                     WHERE lease_ends_at = 0 AND queue_name > q.name
                     ORDER BY queue_name, workflow_version
                     LIMIT 1))),
            waiting (name, version, since) AS (
                SELECT q.name, q.version, (
                    SELECT min({Since})
                    FROM json_each('[0,1,2,3]') AS l
                    CROSS JOIN queue_messages AS m ON m.message_key IN (
                        (SELECT message_key
                         FROM queue_messages
                         WHERE queue_name = q.name AND workflow_version = q.version AND lease_ends_at = 0 AND lane = l.value AND due_at < 0
                         ORDER BY due_at LIMIT 1),
                        (SELECT message_key
                         FROM queue_messages
                         WHERE queue_name = q.name AND workflow_version = q.version AND lease_ends_at = 0 AND lane = l.value AND due_at >= 0
                         ORDER BY due_at LIMIT 1)))
                FROM queues AS q)
        SELECT w.name, w.version, w.since, EXISTS (
            SELECT 1
            FROM queue_messages AS m
            WHERE m.lease_ends_at > 0 AND m.lease_ends_at > @now AND m.queue_name = w.name AND m.workflow_version = w.version) AS is_held
        FROM waiting AS w
        WHERE w.since <= @overdue
        ORDER BY w.name, w.version
        """;

    /// <summary>Of each of some runs, what waits in this way: the run itself, one of its queued steps, or one of its children.</summary>
    public const string ListOfRuns = $"""
        -- overdue.list_of_runs
        SELECT asked.run_id, m.queue_name, m.workflow_version, m.step_id, m.lane,
               CASE WHEN m.run_key <> asked.run_key THEN (SELECT r.run_id FROM workflow_runs AS r WHERE r.run_key = m.run_key) END AS child_run_id,
               {Since} AS since
        FROM (
            SELECT r.run_id, r.run_key
            FROM json_each(@run_ids) AS i
            CROSS JOIN workflow_runs AS r ON r.run_id = i.value) AS asked
        CROSS JOIN queue_messages AS m ON m.message_key = coalesce(
            (SELECT message_key
             FROM queue_messages AS own
             WHERE own.run_key = asked.run_key AND own.step_id IS NULL AND {IsOverdue}),
            (SELECT message_key
             FROM queue_messages AS step
             WHERE step.run_key = asked.run_key AND step.step_id IS NOT NULL AND {IsOverdue}
             LIMIT 1),
            (SELECT message_key
             FROM workflow_runs AS c
             CROSS JOIN queue_messages AS child ON child.run_key = c.run_key AND child.step_id IS NULL
             WHERE c.parent_run_id = asked.run_id AND c.ended_position IS NULL AND c.parent_waits = 1 AND {IsOverdue}
             LIMIT 1))
        """;
}
