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
    private readonly LogAppend _append;
    private readonly SqlStatement _guard;
    private bool _hasThing;

    /// <exception cref="PayloadTooLargeException">A payload has too many bytes.</exception>
    /// <exception cref="PayloadCodecException">A codec failed.</exception>
    public EventUnit(string runId, LoggedRun run, Decision decision, EventSources sources, ResolveData resolve)
    {
        _guard = decision.Guard;
        CheckSizes(decision.Events, sources);
        _append = new LogAppend(_statements, run.Key, decision.Events, after: null, sources.Codecs, decision.Now);
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
                Look(RunSql.GetWritten, ("with_data", resolve == ResolveData.All));
                break;
        }

        void End(RunStatus status) =>
            News = RunEnd.Add(_statements, run.Key, runId, status, _append.Written[^1], decision.Now);

        void Look(string text, params ReadOnlySpan<(string Name, SqlValue Value)> further)
        {
            _hasThing = true;
            _statements.Add(new(text, [("run_key", run.Key), .. further]));
        }
    }

    /// <summary>What others have to know, if the unit ends a run.</summary>
    public RunEndNews News { get; private set; }

    /// <exception cref="PayloadTooLargeException">A payload has too many bytes.</exception>
    public static void CheckSizes(IReadOnlyList<WorkflowEvent> events, EventSources sources)
    {
        foreach (var stored in events.Select(EventCodec.WritePlain))
        {
            if (stored.Payload is { } payload && payload.Length > sources.MostBytes)
            {
                throw new PayloadTooLargeException($"The payload of an event '{stored.Type}'", payload.Length, sources.MostBytes);
            }
        }
    }

    public Unit ToUnit() => new(_statements) { Guard = _guard };

    /// <summary>The events as they stand in the log.</summary>
    public IReadOnlyList<StoredEvent> ReadEvents(UnitResult result) =>
    [
        .. _append.Read(result).Zip(_append.Written, (written, stored) => stored with
        {
            Position = written.Position,
            CreatedAt = SqlTime.ToColumn(written.CreatedAt),
        }),
    ];

    /// <summary>The hook or the run right after; null when it is gone, or never came to be.</summary>
    public SqlRow? ReadThing(UnitResult result) => _hasThing && result.Rows[^1] is [var row] ? row : null;
}
