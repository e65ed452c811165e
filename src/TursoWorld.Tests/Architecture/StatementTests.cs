using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Dapper;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using TursoWorld.Contract;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Schema;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Storage;
using TursoWorld.Streaming;
using TursoWorld.Turns;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed partial class StatementTests : IDisposable
{
    private readonly SqliteConnection _connection;

    public StatementTests()
    {
        SqliteLibrary.EnsureLoaded();
        _connection = new SqliteConnection("Data Source=:memory:");
        _connection.Open();
        _connection.Execute(SchemaSql.Create);
        foreach (var migration in Migration.LoadAll())
        {
            _connection.Execute(migration.Script);
        }
    }

    public static IEnumerable<TheoryDataRow<string, string>> HotStatements =>
    [
        new(MessageSql.DueNames, "queue_messages_claimable"),
        new(MessageSql.NextLapse, "queue_messages_pulled"),
        new(MessageSql.EndVisibility, "queue_messages_pulled"),
        new(QueueSql.Lapsed, "queue_messages_leased"),
        new(QueueSql.EndLeases, "queue_messages_leased"),
        new(WorkerSql.DeleteIdle, "queue_messages_leased"),
        new(MessageSql.Complete, "INTEGER PRIMARY KEY"),
        new(MessageSql.CompleteAll, "INTEGER PRIMARY KEY"),
        new(MessageSql.GiveBack, "INTEGER PRIMARY KEY"),
        new(MessageSql.TakeUp, "queue_messages_leased"),
        new(MessageSql.Redrive, "queue_messages_dead_id"),
        new(MessageSql.DeleteDead, "queue_messages_dead_id"),
        new(MessageSql.ListDead, "queue_messages_dead"),
        new(IdempotencySql.Release, "sqlite_autoindex_queue_idempotency_1"),
        new(IdempotencySql.Release, "queue_messages_keyed"),
        new(IdempotencySql.Sweep, "queue_idempotency_sweep"),
        new(IdempotencySql.Sweep, "queue_messages_keyed"),
        new(QueueSql.NextDue, "queue_messages_claimable"),
        new(QueueSql.Park, "INTEGER PRIMARY KEY"),
        new(StepMessageSql.ClaimStep, "INTEGER PRIMARY KEY"),
        new(StepMessageSql.RetryStep, "INTEGER PRIMARY KEY"),
        new(StepMessageSql.DeleteStep, "queue_messages_steps"),
        new(StepMessageSql.DeleteSteps, "queue_messages_steps"),
        new(StepMessageSql.ResumeSteps, "queue_messages_steps"),
        new(TurnSql.QueuedStepGuard, "INTEGER PRIMARY KEY"),
        new(LogSql.AppendNext, "workflow_log_place"),
        new(LogSql.AppendTurn, "INTEGER PRIMARY KEY"),
        new(LogSql.AppendChildEnded, "workflow_log_place"),
        new(LogSql.Load, "workflow_log_place"),
        new(LogSql.LoadMany, "workflow_log_place"),
        new(LogSql.ListAt, "workflow_log_place"),
        new(LogSql.ListSizes, "workflow_log_place"),
        new(LogSql.DeleteFirst, "workflow_log_place"),
        new(TurnSql.Guard, "INTEGER PRIMARY KEY"),
        new(TurnSql.DecisionGuard, "INTEGER PRIMARY KEY"),
        new(ContractSql.GuardLog, "workflow_log_place"),
        new(ContractSql.GuardRun, "INTEGER PRIMARY KEY"),
        new(TurnSql.StepGuard, "workflow_log_place"),
        new(ProgressSql.List, "PRIMARY KEY"),
        new(ProgressSql.Delete, "PRIMARY KEY"),
        new(ProgressSql.ListSizes, "PRIMARY KEY"),
        new(ProgressSql.DeleteFirst, "PRIMARY KEY"),
        new(RunSql.ListExpired, "workflow_runs_over"),
        new(RunSql.ListOwnExpired, "workflow_runs_expiring"),
        new(StreamSql.ListSizes, "stream_chunks_place"),
        new(StreamSql.DeleteFirst, "stream_chunks_place"),
        new(StreamSql.ListUnchecked, "streams_unchecked"),
        new(StreamSql.MarkChecked, "INTEGER PRIMARY KEY"),
        new(DeadMessageSql.ListExpired, "queue_messages_expiring"),
        new(DeadMessageSql.Purge, "INTEGER PRIMARY KEY"),
        new(IdempotencySql.IsDue, "queue_idempotency_sweep"),
        new(IdempotencySql.Postpone, "queue_idempotency_sweep"),
        new(DeletionSql.ListThese, "INTEGER PRIMARY KEY"),
        new(ChildSql.End, "INTEGER PRIMARY KEY"),
        new(ChildSql.GiveUp, "workflow_runs_children"),
        new(CascadeSql.AddChildren, "workflow_runs_children"),
        new(CascadeSql.AddChild, "workflow_runs_children"),
        new(CascadeSql.ListChildren, "workflow_runs_children"),
        new(RunSql.ListChildren, "workflow_runs_parent"),
        new(RunSql.ListChildrenBackwards, "workflow_runs_parent"),
        new(QueueSql.DeleteRuns, "queue_messages_run"),
        new(QueueSql.WakeRun, "queue_messages_run"),
        new(QueueSql.WakeByHook, "queue_messages_run"),
        new(QueueSql.WakeByChild, "queue_messages_run"),
        new(QueueSql.DeleteOfRun, "queue_messages_run"),
        new(RunSql.DeleteRuns, "INTEGER PRIMARY KEY"),
        new(HookSql.Use, "sqlite_autoindex_workflow_hooks_1"),
        new(StreamSql.Append, "stream_chunks_place"),
        new(StreamSql.ListChunks, "stream_chunks_place"),
        new(StreamSql.ListTails, "sqlite_autoindex_streams_1"),
        new(StreamSql.Find, "sqlite_autoindex_streams_1"),
        new(RunKeySql.Find, "sqlite_autoindex_run_keys_1"),
        new(RunKeySql.Continue, "run_keys_run"),
        new(RunKeySql.LeaveRuns, "run_keys_run"),
        new(RunKeySql.ListExpired, "run_keys_expiring"),
    ];

    /// <summary>Every list with pages, and how it finds the first row of a page.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Lists =>
    [
        new(RunSql.List, "r USING INTEGER PRIMARY KEY (rowid>?)"),
        new(RunSql.ListBackwards, "r USING INTEGER PRIMARY KEY (rowid<?)"),
        new(RunSql.ListByAttribute, "a USING PRIMARY KEY (name=? AND value=? AND run_key>?)"),
        new(RunSql.ListByAttributeBackwards, "a USING PRIMARY KEY (name=? AND value=? AND run_key<?)"),
        new(RunSql.ListChildren, "r USING INDEX workflow_runs_parent (parent_run_id=? AND run_key>?)"),
        new(RunSql.ListChildrenBackwards, "r USING INDEX workflow_runs_parent (parent_run_id=? AND run_key<?)"),
        new(RunSql.Count, "workflow_runs USING COVERING INDEX workflow_runs_status"),
        new(HookSql.List, "h USING INTEGER PRIMARY KEY (rowid>?)"),
        new(HookSql.ListBackwards, "h USING INTEGER PRIMARY KEY (rowid<?)"),
        new(HookSql.ListOfRun, "h USING INDEX workflow_hooks_run (run_key=? AND rowid>?)"),
        new(HookSql.ListOfRunBackwards, "h USING INDEX workflow_hooks_run (run_key=? AND rowid<?)"),
        new(LogSql.Load, "workflow_log USING INDEX workflow_log_place (run_key=? AND first>?)"),
        new(LogSql.LoadBackwards, "workflow_log USING INDEX workflow_log_place (run_key=? AND first<?)"),
        new(LogSql.ListCorrelated, "l USING INDEX workflow_log_correlation (correlation_id=? AND rowid>?)"),
        new(LogSql.ListCorrelatedBackwards, "l USING INDEX workflow_log_correlation (correlation_id=? AND rowid<?)"),
        new(MessageSql.ListDead, "queue_messages USING INDEX queue_messages_dead (queue_name=? AND message_key>?)"),
        new(MessageSql.ListDeadBackwards, "queue_messages USING INDEX queue_messages_dead (queue_name=? AND message_key<?)"),
        new(StreamSql.ListChunks, "stream_chunks USING INDEX stream_chunks_place (stream_key=? AND chunk_index>?)"),
        new(StreamSql.ListChunksBackwards, "stream_chunks USING INDEX stream_chunks_place (stream_key=? AND chunk_index<?)"),
    ];

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void Every_statement_compiles_against_the_schema()
    {
        var statements = Statements();

        statements.Should().HaveCountGreaterThan(40);
        statements.Select(Mistake).Where(mistake => mistake is not null).Should().BeEmpty();
    }

    [Fact]
    public void Every_statement_is_named_after_its_place() => Statements()
        .Where(statement => !statement.Text.StartsWith($"-- {NameOf(statement)}\n", StringComparison.Ordinal))
        .Select(statement => $"{statement.Class}.{statement.Field} should begin with '-- {NameOf(statement)}'")
        .Should().BeEmpty();

    [Theory]
    [MemberData(nameof(HotStatements))]
    public void A_hot_statement_finds_its_rows_through_the_index_and_sorts_nothing(string statement, string index)
    {
        var plan = string.Join('\n', Plan(statement));

        plan.Should().Contain(index).And.NotContain("USE TEMP B-TREE").And.NotContain("SCAN workflow_")
            .And.NotContain("SCAN queue_");
    }

    /// <summary>
    /// What is ready and what has waited for an instant are two ranges of the index: each is cut to the limit before it is sorted. So is each of
    /// the three restricted lanes.
    /// </summary>
    [Theory]
    [InlineData(QueueSql.Claim, 5)]
    [InlineData(MessageSql.ClaimPlain, 5)]
    [InlineData(MessageSql.ClaimAhead, 2)]
    [InlineData(QueuedStepSql.ListDue, 5)]
    public void A_claim_walks_the_index_once_for_each_range_and_sorts_what_it_takes(string statement, int ranges)
    {
        var plan = Plan(statement);

        plan.Where(line => line.Contains("INDEX queue_messages_claimable", StringComparison.Ordinal))
            .Should().HaveCount(ranges).And.AllSatisfy(line => line.Should().Contain("due_at<?"));
        string.Join('\n', plan).Should().NotContain("SCAN workflow_").And.NotContain("SCAN queue_");
        Regex.Count(statement, "LIMIT @").Should().BeGreaterThan(ranges);
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_page_begins_in_an_index_and_sorts_nothing(string statement, string beginning)
    {
        var plan = Plan(statement);

        plan.Should().Contain(line => line.Contains(beginning, StringComparison.Ordinal)).And.NotContain(line => IsWhole(line))
            .And.NotContain(line => line.StartsWith("USE TEMP B-TREE", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(RunSql.ListByStatus, ">")]
    [InlineData(RunSql.ListByStatusBackwards, "<")]
    public void A_page_of_runs_by_status_sorts_the_next_of_each_kind_only(string statement, string comparison)
    {
        var plan = Plan(statement);

        plan.Should().Contain($"SEARCH r USING INDEX workflow_runs_status (status=? AND workflow_name=? AND rowid{comparison}?)")
            .And.Contain("SEARCH r USING COVERING INDEX workflow_runs_status (status=? AND workflow_name>?)")
            .And.NotContain(line => IsWhole(line));
    }

    [Theory]
    [InlineData(QueueSql.Claim)]
    [InlineData(QueueSql.NextDue)]
    [InlineData(MessageSql.ClaimPlain)]
    [InlineData(MessageSql.ClaimAhead)]
    [InlineData(LogSql.AppendTurn)]
    [InlineData(LogSql.AppendNext)]
    public void A_hot_statement_is_compiled_once_whatever_is_bound(string statement)
    {
        const int Recompiled = 5; // SQLITE_STMTSTATUS_REPREPARE
        raw.sqlite3_prepare_v2(_connection.Handle, statement, out var prepared).Should().Be(raw.SQLITE_OK);
        using (prepared)
        {
            for (var run = 1; run <= 3; run++)
            {
                for (var parameter = 1; parameter <= raw.sqlite3_bind_parameter_count(prepared); parameter++)
                {
                    raw.sqlite3_bind_int(prepared, parameter, run);
                }

                raw.sqlite3_step(prepared);
                raw.sqlite3_reset(prepared);
            }

            raw.sqlite3_stmt_status(prepared, Recompiled, 0).Should().Be(0);
        }
    }

    /// <summary>A function could fail, so SQLite would prepare to undo each statement that writes several rows.</summary>
    [Fact]
    public void No_check_and_no_condition_of_an_index_calls_a_function()
    {
        var texts = Read("SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL");

        var conditions = texts.SelectMany(text => Conditions().Matches(text)).Select(match => match.Value).ToList();

        conditions.Should().Contain(text => text.StartsWith("CHECK", StringComparison.Ordinal))
            .And.Contain(text => text.StartsWith("WHERE", StringComparison.Ordinal));
        conditions.Where(text => Call().IsMatch(text)).Should().BeEmpty();
    }

    [Fact]
    public void Every_table_is_strict() =>
        Read("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict")
            .Should().BeEmpty();

    /// <summary>A check up to its own closing parenthesis, or the condition of an index up to its end.</summary>
    [GeneratedRegex(@"CHECK \((?>[^()]+|\((?<open>)|\)(?<-open>))*\)|WHERE .+", RegexOptions.Singleline)]
    private static partial Regex Conditions();

    [GeneratedRegex(@"\b(?!CHECK\b|AND\b|OR\b|NOT\b|IN\b)\w+\s*\(")]
    private static partial Regex Call();

    private static string NameOf(Statement statement) => $"{Rooms[statement.Class]}.{SnakeCase(statement.Field)}";

    private static string SnakeCase(string name) => string.Concat(
        name.Select((letter, i) => i > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{letter}")).ToLowerInvariant();

    private static Dictionary<string, string> Rooms { get; } = new()
    {
        ["AttributeSql"] = "attributes",
        ["CascadeSql"] = "cascades",
        ["ContractSql"] = "contract",
        ["ProgressSql"] = "progress",
        ["ChildSql"] = "children",
        ["DeadMessageSql"] = "dead_messages",
        ["DeletionSql"] = "deletions",
        ["LogSql"] = "log",
        ["HookSql"] = "hooks",
        ["IdempotencySql"] = "idempotency",
        ["IntegritySql"] = "integrity",
        ["MessageSql"] = "queue",
        ["OverdueSql"] = "overdue",
        ["QueueSql"] = "queue",
        ["QueuedStepSql"] = "queued_steps",
        ["RunSql"] = "runs",
        ["RunKeySql"] = "run_keys",
        ["SchemaSql"] = "schema",
        ["StepMessageSql"] = "queue",
        ["StreamSql"] = "streams",
        ["TurnSql"] = "turns",
        ["ServerCopySql"] = "copy",
        ["WorkerSql"] = "workers",
        ["WriterSql"] = "writers",
    };

    private static List<Statement> Statements() =>
    [
        .. from type in typeof(World).Assembly.GetTypes()
           where type.Name.EndsWith("Sql", StringComparison.Ordinal)
           from field in type.GetFields(BindingFlags.Public | BindingFlags.Static)
           where field.IsLiteral && field.FieldType == typeof(string)
           select new Statement(type.Name, field.Name, (string)field.GetRawConstantValue()!),
    ];

    private string? Mistake(Statement statement)
    {
        try
        {
            Read($"EXPLAIN {statement.Text}");
            return null;
        }
        catch (SqliteException exception)
        {
            return $"{statement.Class}.{statement.Field}: {exception.Message}";
        }
    }

    /// <summary>Reads a table from end to end. Lists that are arguments, and what the statement itself has found (k, f), are short.</summary>
    private static bool IsWhole(string line) =>
        line.StartsWith("SCAN ", StringComparison.Ordinal) && !line.Contains("VIRTUAL TABLE", StringComparison.Ordinal)
        && !line.Contains("COVERING INDEX", StringComparison.Ordinal) && line is not "SCAN k" and not "SCAN f";

    private List<string> Plan(string statement) => Read($"EXPLAIN QUERY PLAN {statement}");

    /// <summary>The last column of every row; parameters are null.</summary>
    private List<string> Read(string text)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var name in Regex.Matches(text, "@[a-z_]+").Select(match => match.Value).Distinct())
        {
            command.Parameters.AddWithValue(name, DBNull.Value);
        }

        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(Convert.ToString(reader[reader.FieldCount - 1], CultureInfo.InvariantCulture)!);
        }

        return rows;
    }

    private sealed record Statement(string Class, string Field, string Text);
}
