using FluentAssertions;
using TursoWorld.Sql;

namespace TursoWorld.Tests.Support;

/// <summary>What must hold about every database at any time.</summary>
internal static class WorldAssertions
{
    /// <summary>The view, read once for each rule.</summary>
    private const string Events = "WITH workflow_events AS MATERIALIZED (SELECT * FROM main.workflow_events)\n";

    private static readonly (string Rule, string Sql)[] Rules =
    [
        ("positions are 1 to n", """
            SELECT run_key, count(*), min(position), max(position) FROM workflow_events GROUP BY run_key
            HAVING min(position) <> 1 OR max(position) <> count(*)
            """),
        ("no event is earlier than the one before", """
            SELECT e.run_key, e.position FROM workflow_events AS e
            JOIN workflow_events AS p ON p.run_key = e.run_key AND p.position = e.position - 1
            WHERE e.created_at < p.created_at
            """),
        ("a run has a log that begins with its creation", """
            SELECT r.run_id FROM workflow_runs AS r
            LEFT JOIN workflow_events AS e ON e.run_key = r.run_key AND e.position = 1
            WHERE coalesce(e.event_type, '') <> 'run_created'
            """),
        ("a run that is over ends with the event that ended it, and only there", """
            SELECT r.run_id, r.status FROM workflow_runs AS r
            WHERE (r.status IN ('completed', 'failed', 'cancelled')) <> (r.ended_position IS NOT NULL)
               OR coalesce(r.ended_position, 0) <> coalesce((
                    SELECT min(e.position) FROM workflow_events AS e
                    WHERE e.run_key = r.run_key
                      AND e.event_type IN ('run_completed', 'run_failed', 'run_cancelled')), 0)
               OR (r.ended_position IS NOT NULL AND r.spec_version IS NULL AND 'run_' || r.status <> (
                    SELECT event_type FROM workflow_events AS e
                    WHERE e.run_key = r.run_key ORDER BY position DESC LIMIT 1))
            """),
        ("a run that is over has no message and no hook; any other run of ours has one message", """
            SELECT r.run_id, r.status FROM workflow_runs AS r
            WHERE (SELECT count(*) FROM queue_messages AS m WHERE m.run_key = r.run_key AND m.step_id IS NULL)
                    <> (r.status NOT IN ('completed', 'failed', 'cancelled') AND r.spec_version IS NULL)
               OR (r.ended_position IS NOT NULL AND (
                    EXISTS (SELECT 1 FROM workflow_hooks AS h WHERE h.run_key = r.run_key)))
            """),
        ("a queued step has a message from its creation to its end, and nothing else has", """
            SELECT s.run_key, s.step_id, s.status FROM workflow_steps AS s
            JOIN workflow_runs AS r ON r.run_key = s.run_key
            JOIN workflow_events AS e ON e.run_key = s.run_key AND e.position = s.created_position
            WHERE (SELECT count(*) FROM queue_messages AS m WHERE m.run_key = s.run_key AND m.step_id = s.step_id)
                <> (coalesce(json_extract(e.data, '$.mode') = 'queued', 0) AND r.ended_position IS NULL
                    AND s.status IN ('pending', 'running'))
            """),
        ("a message of a step belongs to one", """
            SELECT m.message_id FROM queue_messages AS m
            WHERE m.step_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM workflow_steps AS s WHERE s.run_key = m.run_key AND s.step_id = m.step_id)
            """),
        ("a step is created once and ends at most once", """
            SELECT e.run_key, e.correlation_id FROM workflow_events AS e
            WHERE e.event_type LIKE 'step_%'
            GROUP BY e.run_key, e.correlation_id
            HAVING sum(e.event_type = 'step_created') <> 1
                OR sum(e.event_type IN ('step_completed', 'step_failed')) > 1
            """),
        ("a hook has a row while it waits", """
            SELECT e.run_key, e.correlation_id FROM workflow_events AS e
            JOIN workflow_runs AS r ON r.run_key = e.run_key
            WHERE e.event_type = 'hook_created' AND r.ended_position IS NULL
              AND (SELECT count(*) FROM workflow_hooks AS h
                   WHERE h.run_key = e.run_key AND h.hook_id = e.correlation_id)
                <> (SELECT count(*) = 0 FROM workflow_events AS x WHERE x.run_key = e.run_key
                        AND x.correlation_id = e.correlation_id
                        AND (x.event_type = 'hook_disposed' OR (r.spec_version IS NULL AND x.event_type = 'hook_received')))
            """),
        ("a hook of ours receives once", """
            SELECT e.run_key, e.correlation_id FROM workflow_events AS e
            JOIN workflow_runs AS r ON r.run_key = e.run_key
            WHERE e.event_type = 'hook_received' AND r.spec_version IS NULL
            GROUP BY e.run_key, e.correlation_id HAVING count(*) > 1
            """),
        ("a child that is waited for runs, or its parent was told of its end", """
            SELECT c.run_key, c.correlation_id FROM workflow_events AS c
            JOIN workflow_runs AS p ON p.run_key = c.run_key AND p.ended_position IS NULL
            WHERE c.event_type = 'child_started'
              AND (SELECT count(*) FROM workflow_runs AS r
                   WHERE r.parent_run_id = p.run_id AND r.child_id = c.correlation_id AND r.ended_position IS NULL AND r.parent_waits = 1)
                <> (SELECT count(*) = 0 FROM workflow_events AS e WHERE e.run_key = c.run_key AND e.correlation_id = c.correlation_id
                        AND e.event_type IN ('child_ended', 'child_cancelled'))
            """),
        ("a parent is told of a child once, and what the end of the child says", """
            SELECT told.run_key, told.correlation_id FROM workflow_events AS told
            LEFT JOIN workflow_runs AS r ON r.run_id = json_extract(told.data, '$.runId')
            LEFT JOIN workflow_events AS ended ON ended.run_key = r.run_key AND ended.position = r.ended_position
            WHERE told.event_type = 'child_ended'
            GROUP BY told.run_key, told.correlation_id
            HAVING count(*) > 1 OR max(r.run_key IS NOT NULL AND told.payload IS NOT ended.payload) OR max(told.created_at < ended.created_at)
                OR max(json_extract(told.data, '$.runStatus') <> r.status)
            """),
        ("a run has the parent that has it as a child, and began after it was asked for", """
            SELECT r.run_id, r.child_id FROM workflow_runs AS r
            JOIN workflow_runs AS p ON p.run_id = r.parent_run_id
            WHERE r.created_at < p.created_at OR NOT EXISTS (
                SELECT 1 FROM workflow_events AS e
                WHERE e.run_key = p.run_key AND e.correlation_id = r.child_id AND e.event_type = 'child_started')
            """),
        ("whoever is to be cancelled will be", """
            SELECT r.run_id FROM workflow_runs AS r
            JOIN workflow_runs AS p ON p.run_id = r.parent_run_id AND p.ended_position IS NOT NULL
            WHERE r.ended_position IS NULL AND r.parent_close_policy = 'cancel' AND p.run_key NOT IN (SELECT run_key FROM cascades)
            """),
        ("what continues is linked in both directions", """
            SELECT r.run_id FROM workflow_runs AS r
            JOIN workflow_events AS last ON last.run_key = r.run_key AND last.position = r.ended_position
            JOIN workflow_runs AS next ON next.run_id = json_extract(last.data, '$.continuedToRunId')
            JOIN workflow_events AS first ON first.run_key = next.run_key AND first.position = 1
            WHERE json_extract(first.data, '$.continuedFromRunId') IS NOT r.run_id
               OR next.parent_run_id IS NOT r.parent_run_id OR json_extract(first.data, '$.attributes') IS NOT json(r.attributes)
               OR next.retention_ms IS NOT r.retention_ms
            """),
        ("what a step reported is gone when it has completed", """
            SELECT p.run_key, p.step_id FROM step_progress AS p
            JOIN workflow_events AS e ON e.run_key = p.run_key AND e.correlation_id = p.step_id AND e.event_type = 'step_completed'
            """),
    ];

    /// <summary>The tables agree with the logs, and the logs with themselves.</summary>
    public static async Task ShouldBeSoundAsync(this World world)
    {
        var broken = await world.Shared.Database.ReadAsync(
            async reader =>
            {
                List<string> found = [];
                foreach (var rule in Rules)
                {
                    found.AddRange((await RowsAsync(reader, Events + rule.Sql)).Select(row => $"{rule.Rule}: {row}"));
                }

                return found;
            },
            CancellationToken.None);

        broken.Should().BeEmpty();
        (await world.CheckIntegrityAsync()).Problems.Should().BeEmpty("the library's own check agrees");
    }

    /// <summary>The log of a run, in short.</summary>
    public static async Task<IReadOnlyList<WorkflowEvent>> LogAsync(this World world, string runId) =>
        (await world.Events.ListAsync(runId, new PageRequest { Limit = PageRequest.MaxLimit })).Items;

    private static async Task<List<string>> RowsAsync(SqlReader reader, string sql) =>
        (await reader.QueryAsync<object>(sql)).ConvertAll(row => string.Join(' ', ((IDictionary<string, object?>)row).Values));
}
