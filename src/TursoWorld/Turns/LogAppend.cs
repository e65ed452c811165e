using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Turns;

/// <summary>Events on their way into the log of a run, with what they change outside it.</summary>
internal sealed class LogAppend
{
    private readonly IReadOnlyList<WorkflowEvent> _events;
    private readonly List<(int Statement, int Count)> _returning = [];

    /// <param name="statements">Gets the statements.</param>
    /// <param name="runKey">The run.</param>
    /// <param name="events">In order.</param>
    /// <param name="after">The position behind which they stand, at the instants that they have; null for wherever the log ends.</param>
    /// <param name="codecs">What payloads go through.</param>
    /// <param name="now">When messages become due.</param>
    /// <param name="owner">With a position: the claim in whose name they are appended, which the statement asks for.</param>
    public LogAppend(
        List<SqlStatement> statements,
        long runKey,
        IReadOnlyList<WorkflowEvent> events,
        long? after,
        PayloadCodecs codecs,
        DateTimeOffset now,
        ClaimedMessage? owner = null)
    {
        _events = events;
        Written = [.. events.Select(source => EventCodec.Write(source, codecs))];
        var position = after;
        foreach (var row in LogRows.Of(Written, isPlaced: after is not null))
        {
            if (position is null)
            {
                _returning.Add((statements.Count, row.Count));
            }

            statements.Add(Append(runKey, row, position, owner));
            position += row.Count;
        }

        for (var i = 0; i < events.Count; i++)
        {
            var place = new EventPlace(events.Count - 1 - i, after is null ? null : events[i].CreatedAt);
            EventEffects.Add(statements, runKey, events[i], place, now);
        }
    }

    /// <summary>The events as they are stored.</summary>
    public IReadOnlyList<StoredEvent> Written { get; }

    /// <summary>The events with the positions and instants that they have got.</summary>
    public IReadOnlyList<WorkflowEvent> Read(UnitResult result)
    {
        if (_returning.Count == 0)
        {
            return _events;
        }

        var read = new List<WorkflowEvent>(_events.Count);
        foreach (var (statement, count) in _returning)
        {
            var row = result.Rows[statement][0];
            for (var i = 0; i < count; i++)
            {
                read.Add(_events[read.Count] with { Position = row.Integer(0) + i, CreatedAt = SqlTime.FromColumn(row.Integer(1)) });
            }
        }

        return read;
    }

    private static SqlStatement Append(long runKey, NewLogRow row, long? after, ClaimedMessage? owner)
    {
        return after is { } position
            ? new(
                LogSql.AppendTurn,
                ("run_key", runKey),
                ("first", position + 1),
                ("last", position + row.Count),
                ("created_at", row.CreatedAt),
                ("correlation_id", row.CorrelationId),
                ("events", row.Events),
                ("payloads", row.Payloads),
                ("message_key", owner!.MessageKey), // positions are chosen by owners only
                ("lease_token", owner.LeaseToken))
            : new(
                LogSql.AppendNext,
                ("run_key", runKey),
                ("count", row.Count),
                ("created_at", row.CreatedAt),
                ("correlation_id", row.CorrelationId),
                ("events", row.Events),
                ("payloads", row.Payloads));
    }
}
