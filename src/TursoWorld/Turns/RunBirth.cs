using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>A run that comes to be: its row, the beginning of its log, its attributes. The only way in which a run is stored.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="Workflow">What it executes.</param>
/// <param name="Seed">What random values of its code derive from.</param>
/// <param name="SpecVersion">Of the runtime that drives it; null for the one of this library.</param>
/// <param name="Attributes">What it begins with, as stored.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="Retention">How long it is kept after its end.</param>
internal sealed record RunBirth(
    string RunId, WorkflowKey Workflow, byte[] Seed, long? SpecVersion, string? Attributes, DateTimeOffset CreatedAt, TimeSpan? Retention)
{
    /// <summary>A run that is started from outside. Its row is the first statement, and returns the key.</summary>
    /// <param name="statements">Gets the statements.</param>
    /// <param name="run">The run.</param>
    /// <param name="events">What its log begins with.</param>
    /// <param name="codecs">What payloads go through.</param>
    public static void Add(List<SqlStatement> statements, RunBirth run, IReadOnlyList<WorkflowEvent> events, PayloadCodecs codecs)
    {
        statements.Add(new(
            RunSql.Insert,
            ("run_id", run.RunId),
            ("workflow_name", run.Workflow.Name),
            ("workflow_version", run.Workflow.Version),
            ("seed", run.Seed),
            ("spec_version", run.SpecVersion),
            ("attributes", run.Attributes),
            ("created_at", run.CreatedAt),
            ("retention_ms", (long?)run.Retention?.TotalMilliseconds)));
        var position = 0L;
        foreach (var row in LogRows.Of([.. events.Select(source => EventCodec.Write(source, codecs))], isPlaced: true))
        {
            statements.Add(new(
                LogSql.AppendFirst,
                ("run_id", run.RunId),
                ("first", position + 1),
                ("last", position + row.Count),
                ("created_at", row.CreatedAt),
                ("events", row.Events),
                ("payloads", row.Payloads)));
            position += row.Count;
        }

        if (run.Attributes is not null)
        {
            statements.Add(new(AttributeSql.Insert, ("run_id", run.RunId)));
        }
    }

    /// <summary>A child, added in front of the event that says so. One that was given up at once is no run at all.</summary>
    public static void AddChild(
        List<SqlStatement> statements, Turn turn, WorkflowEvent.ChildStarted started, PayloadCodecs codecs)
    {
        if (!turn.Runs.TryGetValue(started.RunId, out var child))
        {
            return;
        }

        statements.Add(new(
            RunSql.InsertChild,
            ("parent_run_key", turn.Message.RunKey),
            ("run_id", child.RunId),
            ("workflow_name", child.Workflow.Name),
            ("workflow_version", child.Workflow.Version),
            ("seed", IdGenerator.NewSeed()),
            ("attributes", AttributeText.OfNew(child.Attributes)),
            ("created_at", started.CreatedAt),
            ("child_id", started.ChildId),
            ("parent_close_policy", StatusText.ToText(started.ParentClosePolicy)),
            ("retention_ms", (long?)child.Retention?.TotalMilliseconds)));
        AddInherited(statements, child, continuedFrom: null, started.CreatedAt, codecs);
    }

    /// <summary>The run that goes on in place of another one, added behind the end of that.</summary>
    public static void AddNext(List<SqlStatement> statements, Turn turn, string nextRunId, PayloadCodecs codecs)
    {
        var next = turn.Runs[nextRunId];
        var createdAt = turn.Events[^1].CreatedAt;
        statements.Add(new(
            RunSql.InsertNext,
            ("run_key", turn.Message.RunKey),
            ("run_id", next.RunId),
            ("workflow_version", next.Workflow.Version),
            ("seed", IdGenerator.NewSeed()),
            ("created_at", createdAt)));
        AddInherited(statements, next, turn.RunId, createdAt, codecs);
        statements.Add(new(RunKeySql.Continue, ("run_id", turn.RunId), ("next_run_id", next.RunId)));
    }

    /// <summary>The log and the message of a run whose attributes the database has put together.</summary>
    private static void AddInherited(
        List<SqlStatement> statements, NewRun run, string? continuedFrom, DateTimeOffset createdAt, PayloadCodecs codecs)
    {
        var created = new WorkflowEvent.RunCreated(run.Input) { Position = 1, CreatedAt = createdAt, ContinuedFromRunId = continuedFrom };
        var stored = EventCodec.Write(created, codecs);
        var isInline = stored.Payload is { } payload && LogRows.IsInline(payload.Span);
        var data = stored.Data with { Bytes = stored.Payload is { } bytes && !isInline ? [0, bytes.Length] : null };
        statements.Add(new(AttributeSql.Insert, ("run_id", run.RunId)));
        statements.Add(new(
            LogSql.AppendInherited,
            ("run_id", run.RunId),
            ("created_at", createdAt),
            ("data", data.ToText()),
            ("payload", isInline ? stored.Payload : null),
            ("payloads", isInline ? null : stored.Payload)));
        statements.Add(new(
            QueueSql.Enqueue,
            ("run_id", run.RunId),
            ("message_id", IdGenerator.MessageIdOf(run.RunId)),
            ("queue_name", run.Workflow.QueueName),
            ("now", createdAt)));
    }
}
