using Dapper;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_events</c>.</summary>
internal sealed class EventStore(ISqlDatabase database) : IEventStore
{
    private const int LoadPage = 1_000;

    public async Task<Page<WorkflowEvent>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        page ??= new PageRequest();
        var arguments = new { run_id = runId, after = Keyset.After(page), limit = page.Limit + 1 };
        var rows = await database.ReadAsync(
            connection => connection.Query<EventRow>(EventSql.List, arguments).AsList(), cancellationToken)
            .ConfigureAwait(false);
        return Keyset.ToPage(page, rows, row => row.position, ToEvent);
    }

    /// <summary>Everything in the log of a run behind a position.</summary>
    public async Task<List<WorkflowEvent>> LoadAsync(long runKey, long after, CancellationToken cancellationToken)
    {
        var events = new List<WorkflowEvent>();
        while (true)
        {
            var arguments = new { run_key = runKey, after, limit = LoadPage };
            var rows = await database.ReadAsync(
                connection => connection.Query<EventRow>(EventSql.Load, arguments).AsList(), cancellationToken)
                .ConfigureAwait(false);
            events.AddRange(rows.Select(ToEvent));
            if (rows.Count < LoadPage)
            {
                return events;
            }

            after = rows[^1].position;
        }
    }

    private static WorkflowEvent ToEvent(EventRow row) =>
        EventColumns.Read(row.position, row.event_type, row.correlation_id, row.created_at, row.data, row.payload);

    private sealed class EventRow
    {
        public long position { get; init; }
        public required string event_type { get; init; }
        public string? correlation_id { get; init; }
        public long created_at { get; init; }
        public string? data { get; init; }
        public byte[]? payload { get; init; }
    }
}
