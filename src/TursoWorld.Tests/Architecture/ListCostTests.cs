using FluentAssertions;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using TursoWorld.Queue;
using TursoWorld.Schema;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Storage;
using TursoWorld.Tests.Support;
using TursoWorld.Turns;
using Xunit;

namespace TursoWorld.Tests.Architecture;

/// <summary>What a page of a hundred costs, in instructions of SQLite's virtual machine: the same in a short list as in a long one.</summary>
public sealed class ListCostTests : IDisposable
{
    private readonly SqliteConnection _few = Filled(2_000);
    private readonly SqliteConnection _many = Filled(LongLists.Rows);

    public static IEnumerable<string> Lists =>
    [
        .. StatementTests.Lists.Select(row => row.Data.Item1).Where(statement => statement != RunSql.Count).Distinct(),
        RunSql.ListByStatus,
        RunSql.ListByStatusBackwards,
    ];

    public void Dispose()
    {
        _few.Dispose();
        _many.Dispose();
    }

    [Fact]
    public void A_page_in_the_middle_costs_no_more_when_the_list_is_long()
    {
        var pages = Lists.Select(list => (Name: list.Split('\n')[0], Few: Page(_few, list, 1_000), Many: Page(_many, list, LongLists.Rows / 2)))
            .ToList();

        pages.Where(page => page.Few.Rows != 100 || page.Many.Rows != 100).Should().BeEmpty();
        pages.Where(page => page.Many.Cost > 2 * page.Few.Cost).Should().BeEmpty();
    }

    [Fact]
    public void Queues_that_wait_are_found_at_the_same_cost_however_long_they_are()
    {
        var (few, many) = (Waiting(_few, 10), Waiting(_many, 20_000));

        few.Rows.Should().Be(3);
        many.Rows.Should().Be(3);
        many.Cost.Should().BeLessThan(2 * few.Cost);
    }

    /// <summary>What it costs to find two versions of a workflow and a plain queue, with so many messages each.</summary>
    private static (int Rows, int Cost) Waiting(SqliteConnection connection, int messages)
    {
        foreach (var (queue, version) in new[] { ("mail", 0), ("__wkf_workflow_hello", 1), ("__wkf_workflow_hello", 2) })
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"""
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {messages})
                INSERT INTO queue_messages (message_id, queue_name, workflow_version, run_key, created_at, payload, due_at)
                SELECT '{queue}' || {version} || i, '{queue}', {version}, iif({version} = 0, NULL, 1000000 * {version} + i), i,
                       iif({version} = 0, x'00', NULL), i - {QueueSql.ReadyShift} FROM n
                """;
            command.ExecuteNonQuery();
        }

        raw.sqlite3_prepare_v2(connection.Handle, OverdueSql.ListQueues, out var statement).Should().Be(raw.SQLITE_OK);
        using (statement)
        {
            foreach (var name in new[] { "@now", "@overdue" })
            {
                raw.sqlite3_bind_int64(statement, raw.sqlite3_bind_parameter_index(statement, name), 1_000_000);
            }

            return Run(statement);
        }
    }

    private static SqliteConnection Filled(int rows)
    {
        SqliteLibrary.EnsureLoaded();
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        string[] scripts = [SchemaSql.Create, .. Migration.LoadAll().Select(migration => migration.Script), .. LongLists.Fill(rows)];
        foreach (var script in scripts)
        {
            using var command = connection.CreateCommand();
            command.CommandText = script;
            command.ExecuteNonQuery();
        }

        return connection;
    }

    private static (int Rows, int Cost) Page(SqliteConnection connection, string list, int after)
    {
        raw.sqlite3_prepare_v2(connection.Handle, list, out var statement).Should().Be(raw.SQLITE_OK, list);
        using (statement)
        {
            Bind(statement, after);
            return Run(statement);
        }
    }

    private static (int Rows, int Cost) Run(sqlite3_stmt statement)
    {
        var rows = 0;
        while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
        {
            rows++;
        }

        return (rows, raw.sqlite3_stmt_status(statement, raw.SQLITE_STMTSTATUS_VM_STEP, 0));
    }

    /// <summary>The arguments that a list knows, of all that any of them has. What is not bound is null.</summary>
    private static void Bind(sqlite3_stmt statement, int after)
    {
        foreach (var (name, number) in new[] { ("@after", after), ("@limit", 100), ("@with_data", 1), ("@run_key", 1), ("@stream_key", 1) })
        {
            if (raw.sqlite3_bind_parameter_index(statement, name) is var place and > 0)
            {
                raw.sqlite3_bind_int(statement, place, number);
            }
        }

        foreach (var (name, text) in new[]
        {
            ("@run_id", LongLists.RunId),
            ("@parent_run_id", LongLists.RunId),
            ("@statuses", """["running","completed"]"""),
            ("@attribute", "customer"),
            ("@attribute_value", "ada"),
            ("@correlation_id", LongLists.CorrelationId),
            ("@queue_name", LongLists.QueueName),
        })
        {
            if (raw.sqlite3_bind_parameter_index(statement, name) is var place and > 0)
            {
                raw.sqlite3_bind_text(statement, place, text);
            }
        }
    }
}
