using System.Globalization;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>Reads <c>workflow_events</c>.</summary>
internal sealed class EventStore(ISqlDatabase database, PayloadCodecs codecs)
{
    private const int LoadPage = 1_000;
    private const int LongestUnindexedId = 20;
    private const string IdPrefix = "evnt_";
    private const int IdDigits = 26;

    public async Task<WorkflowEvent> GetAsync(
        string runId, string eventId, ResolveData data, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        ArgumentException.ThrowIfNullOrEmpty(eventId);
        var arguments = new { run_id = runId, position = PositionOf(eventId), with_data = data == ResolveData.All };
        var row = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<StoredEvent>(EventSql.Get, arguments), cancellationToken).ConfigureAwait(false);
        return row?.ToEvent(codecs) ?? throw NotFoundException.Event(runId, eventId);
    }

    public async Task<Page<WorkflowEvent>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset(page);
        var arguments = new { run_id = runId, after = keyset.After, with_data = keyset.WithData, limit = keyset.Limit };
        var text = keyset.IsDescending ? EventSql.ListBackwards : EventSql.List;
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<StoredEvent>(text, arguments), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.position, row => row.ToEvent(codecs));
    }

    public async Task<Page<CorrelatedEvent>> ListCorrelatedAsync(
        string correlationId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(correlationId);
        var keyset = Abstractions.Keyset.Of(PagedList.CorrelatedEvents, page);
        var arguments = new
        {
            correlation_id = correlationId,
            after = keyset.After,
            with_data = keyset.WithData,
            limit = keyset.Limit,
        };
        var isIndexed = correlationId.EnumerateRunes().Count() > LongestUnindexedId;
        var text = (isIndexed, keyset.IsDescending) switch
        {
            (true, false) => EventSql.ListCorrelated,
            (true, true) => EventSql.ListCorrelatedBackwards,
            (false, false) => EventSql.ScanCorrelated,
            (false, true) => EventSql.ScanCorrelatedBackwards,
        };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<CorrelatedRow>(text, arguments), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.event_key, row => row.ToEvent(codecs));
    }

    /// <summary>What the log of a run has behind a position, as far as it fits into a piece.</summary>
    public async Task<LogPiece> LoadAsync(long runKey, long after, CancellationToken cancellationToken)
    {
        var arguments = new { run_key = runKey, after, limit = LoadPage };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<StoredEvent>(EventSql.Load, arguments), cancellationToken).ConfigureAwait(false);
        return new LogPiece(rows.ConvertAll(row => row.ToEvent(codecs)), HasMore: rows.Count == LoadPage);
    }

    /// <summary>Some events of one log, by their positions.</summary>
    /// <param name="runKey">The run.</param>
    /// <param name="wanted">Positions, and whether the payload is wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyDictionary<long, StoredEvent>> LoadAtAsync(
        long runKey, IEnumerable<(long Position, bool WithPayload)> wanted, CancellationToken cancellationToken)
    {
        var list = string.Join(',', wanted.Select(one =>
            string.Create(CultureInfo.InvariantCulture, $"[{one.Position},{(one.WithPayload ? 1 : 0)}]")));
        var arguments = new { run_key = runKey, wanted = $"[{list}]" };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<StoredEvent>(EventSql.ListAt, arguments), cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(row => row.position);
    }

    public static Keyset Keyset(PageRequest? page) => Abstractions.Keyset.Of(PagedList.Events, page);

    private static long PositionOf(string eventId) =>
        eventId.Length == IdPrefix.Length + IdDigits
        && eventId.StartsWith(IdPrefix, StringComparison.Ordinal)
        && long.TryParse(eventId.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : throw InvalidEventException.EventId(eventId);

    private sealed class CorrelatedRow
    {
        public long event_key { get; init; }
        public required string run_id { get; init; }
        public long position { get; init; }
        public required string event_type { get; init; }
        public string? correlation_id { get; init; }
        public long created_at { get; init; }
        public string? data { get; init; }
        public byte[]? payload { get; init; }

        public CorrelatedEvent ToEvent(PayloadCodecs codecs)
        {
            var stored = new StoredEvent
            {
                position = position,
                event_type = event_type,
                correlation_id = correlation_id,
                created_at = created_at,
                data = data,
                payload = payload,
            };
            return new CorrelatedEvent(run_id, stored.ToEvent(codecs));
        }
    }
}
