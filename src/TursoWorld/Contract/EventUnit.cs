using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;
using TursoWorld.Turns;

namespace TursoWorld.Contract;

/// <summary>Events from outside as a unit: its guard, the events with what they change, and at the end a look at the hook or run that they are about.</summary>
internal sealed class EventUnit
{
    private readonly List<SqlStatement> _statements = [];
    private readonly List<(int Statement, EventColumns Columns)> _written = [];
    private readonly SqlStatement _guard;
    private readonly bool _withData;

    public EventUnit(LoggedRun run, Decision decision, EventSources sources, ResolveData resolve)
    {
        (_guard, _withData) = (decision.Guard, resolve == ResolveData.All);
        foreach (var written in decision.Events)
        {
            var columns = Encode(written, sources);
            var statement = EventStatements.Add(_statements, run.Key, written, columns, position: null, decision.Now)!.Value; // without a position, one returns it
            _written.Add((statement, columns));
        }

        switch (decision.Events[^1])
        {
            case WorkflowEvent.RunCompleted:
                End(RunStatus.Completed);
                break;
            case WorkflowEvent.RunFailed:
                End(RunStatus.Failed);
                break;
            case WorkflowEvent.RunCancelled:
                End(RunStatus.Cancelled);
                break;
            case WorkflowEvent.RunPaused or WorkflowEvent.RunResumed or WorkflowEvent.AttributesSet or WorkflowEvent.HookReceived:
                _statements.Add(new(QueueSql.WakeRun, ("run_key", run.Key), ("now", decision.Now)));
                break;
        }

        switch (decision.Events[^1])
        {
            case WorkflowEvent.HookCreated e:
                Look(HookSql.GetWritten, ("hook_id", e.HookId));
                break;
            case WorkflowEvent.HookReceived e:
                Look(HookSql.GetWritten, ("hook_id", e.HookId));
                break;
            case WorkflowEvent.RunStarted or WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed or WorkflowEvent.RunCancelled
                or WorkflowEvent.RunPaused or WorkflowEvent.RunResumed or WorkflowEvent.AttributesSet:
                Look(RunSql.GetWritten);
                break;
        }

        void End(RunStatus status) => News = RunEnd.Add(_statements, run.Key, status, decision.Now);

        void Look(string text, params ReadOnlySpan<(string Name, SqlValue Value)> further)
        {
            HasThing = true;
            _statements.Add(new(text, [("run_key", run.Key), ("with_data", _withData), .. further]));
        }
    }

    /// <summary>What others have to know, if the unit ends a run.</summary>
    public RunEndNews News { get; private set; }

    private bool HasThing { get; set; }

    /// <exception cref="PayloadTooLargeException">The payload has too many bytes.</exception>
    /// <exception cref="PayloadCodecException">A codec failed.</exception>
    public static EventColumns Encode(WorkflowEvent written, EventSources sources)
    {
        var plain = EventColumns.Plain(written);
        return plain.Payload is { } payload && payload.Length > sources.MostBytes
            ? throw new PayloadTooLargeException($"The payload of an event '{plain.Type}'", payload.Length, sources.MostBytes)
            : EventColumns.From(written, sources.Codecs);
    }

    public Unit ToUnit() => new(_statements) { Guard = _guard };

    /// <summary>The events as they stand in the log, with payloads if these are wanted.</summary>
    public IReadOnlyList<StoredEvent> ReadEvents(UnitResult result) => _written.ConvertAll(written =>
    {
        var row = result.Rows[written.Statement][0];
        return new StoredEvent
        {
            position = row.Integer(0),
            created_at = row.Integer(1),
            event_type = row.Text(2),
            data = row.TextOrNull(3),
            correlation_id = written.Columns.CorrelationId,
            payload = _withData ? written.Columns.Payload?.ToArray() : null,
        };
    });

    /// <summary>The same, for folds.</summary>
    public IReadOnlyList<LogEntry> ReadEntries(UnitResult result) =>
        [.. ReadEvents(result).Select((written, i) => written.ToEntry() with { HasPayload = _written[i].Columns.Payload is not null })];

    /// <summary>The hook or the run right after; null when it is gone, or never came to be.</summary>
    public SqlRow? ReadThing(UnitResult result) => HasThing && result.Rows[^1] is [var row] ? row : null;
}
