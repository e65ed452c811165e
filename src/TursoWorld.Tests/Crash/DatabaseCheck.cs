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
        ("steps that are open", "SELECT run_key || ' ' || step_id FROM workflow_steps WHERE status IN ('pending', 'running')"),
        ("steps whose attempts are not numbered from 1", """
            SELECT run_key || ' ' || correlation_id FROM workflow_events
            WHERE event_type = 'step_started'
            GROUP BY run_key, correlation_id
            HAVING max(json_extract(data, '$.attempt')) > count(*) + 1
            """),
        ("reports of steps that have completed", """
            SELECT p.run_key || ' ' || p.step_id FROM step_progress AS p
            JOIN workflow_events AS e ON e.run_key = p.run_key AND e.correlation_id = p.step_id AND e.event_type = 'step_completed'
            """),
        ("messages", "SELECT message_id FROM queue_messages"),
        ("hooks", "SELECT token FROM workflow_hooks"),
        ("notes of children to be cancelled", "SELECT cascade_key FROM cascades"),
        ("runs whose parent was not told", "SELECT run_id FROM workflow_runs WHERE parent_waits = 1"),
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
