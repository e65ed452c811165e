using Dapper;
using FluentAssertions;
using FluentAssertions.Execution;
using Microsoft.Data.Sqlite;

namespace TursoWorld.Tests.Crash;

/// <summary>What must hold in a database once all runs are over, whatever happened on the way.</summary>
internal static class DatabaseCheck
{
    private static readonly (string What, string Sql)[] Rules =
    [
        ("runs that are not over", "SELECT run_id FROM workflow_runs WHERE status IN ('pending', 'running', 'paused')"),
        ("logs with gaps or doubles", """
            SELECT run_key FROM workflow_events
            GROUP BY run_key
            HAVING min(position) <> 1 OR max(position) <> count(*) OR count(DISTINCT position) <> count(*)
            """),
        ("runs whose end is not their last event", """
            SELECT r.run_id FROM workflow_runs AS r
            WHERE r.ended_position IS NOT (SELECT max(e.position) FROM workflow_events AS e WHERE e.run_key = r.run_key)
            """),
        ("runs whose status is not that of their last event", """
            SELECT r.run_id FROM workflow_runs AS r
            JOIN workflow_events AS e ON e.run_key = r.run_key AND e.position = r.ended_position
            WHERE e.event_type <> 'run_' || r.status
            """),
        ("events that go back in time", """
            SELECT run_key FROM (
                SELECT run_key, created_at - lag(created_at) OVER (PARTITION BY run_key ORDER BY position) AS step
                FROM workflow_events)
            WHERE step < 0
            """),
        ("steps that ended more than once", """
            SELECT run_key || ' ' || correlation_id FROM workflow_events
            WHERE event_type IN ('step_completed', 'step_failed')
            GROUP BY run_key, correlation_id
            HAVING count(*) > 1
            """),
        ("steps without their event, or the other way round", """
            SELECT run_key || ' ' || step_id FROM workflow_steps
            EXCEPT
            SELECT run_key || ' ' || correlation_id FROM workflow_events WHERE event_type = 'step_created'
            UNION ALL
            SELECT * FROM (
                SELECT run_key || ' ' || correlation_id FROM workflow_events WHERE event_type = 'step_created'
                EXCEPT
                SELECT run_key || ' ' || step_id FROM workflow_steps)
            """),
        ("steps whose status is not that of their last event", """
            SELECT s.run_key || ' ' || s.step_id FROM workflow_steps AS s
            LEFT JOIN workflow_events AS e ON e.run_key = s.run_key AND e.position = s.latest_position
            WHERE s.status <> 'cancelled'
              AND (e.event_type IS NOT 'step_' || s.status OR e.correlation_id IS NOT s.step_id)
            """),
        ("steps whose attempts are not those of their log", """
            SELECT s.run_key || ' ' || s.step_id FROM workflow_steps AS s
            WHERE s.attempt <> (
                SELECT sum(e.event_type = 'step_started'
                    OR (json_extract(e.data, '$.mode') IS NOT 'queued' AND json_extract(e.data, '$.awaitsSlot') IS NULL))
                FROM workflow_events AS e
                WHERE e.run_key = s.run_key AND e.correlation_id = s.step_id AND e.event_type IN ('step_created', 'step_started'))
            """),
        ("messages", "SELECT message_id FROM queue_messages"),
        ("hooks", "SELECT token FROM workflow_hooks"),
        ("waits", "SELECT run_key || ' ' || wait_id FROM workflow_waits"),
        ("notes of children to be cancelled", "SELECT cascade_key FROM cascades"),
        ("children that were not told of", "SELECT run_key || ' ' || child_id FROM workflow_children WHERE status = 'running'"),
        ("damage", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
    ];

    public static void AssertAllIsOverAndConsistent(string path)
    {
        using var connection = Open(path);
        using var all = new AssertionScope();
        foreach (var (what, sql) in Rules)
        {
            connection.Query<string>(sql).Should().BeEmpty($"there may be no {what}");
        }
    }

    public static T? Scalar<T>(string path, string sql)
    {
        using var connection = Open(path);
        return connection.ExecuteScalar<T>(sql);
    }

    private static SqliteConnection Open(string path)
    {
        Sql.Sqlite.SqliteLibrary.EnsureLoaded();
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }
}
