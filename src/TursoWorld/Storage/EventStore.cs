using System.Globalization;
using Dapper;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

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
            connection => connection.QuerySingleOrDefault<StoredEvent>(EventSql.Get, arguments), cancellationToken).ConfigureAwait(false);
        return row?.ToEvent(codecs) ?? throw NotFoundException.Event(runId, eventId);
    }

    public async Task<Page<WorkflowEvent>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset(page);
        var arguments = new { run_id = runId, after = keyset.After, with_data = keyset.WithData, limit = keyset.Limit };
        var text = keyset.IsDescending ? EventSql.ListBackwards : EventSql.List;
        var rows = await database.ReadAsync(
            connection => connection.Query<StoredEvent>(text, arguments).AsList(), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.position, row => row.ToEvent(codecs));
    }

    public async Task<Page<CorrelatedEvent>> ListCorrelatedAsync(
        string correlationId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(correlationId);
        var keyset = Abstractions.Keyset.Of('c', page);
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
            connection => connection.Query<CorrelatedRow, StoredEvent, CorrelatedRow>(
                text, (row, stored) => row with { Stored = stored }, arguments, splitOn: "position").AsList(),
            cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.event_key, row => new CorrelatedEvent(row.run_id, row.Stored!.ToEvent(codecs)));
    }

    /// <summary>What the log of a run has behind a position, as far as it fits into a piece.</summary>
    public async Task<LogPiece> LoadAsync(long runKey, long after, CancellationToken cancellationToken)
    {
        var arguments = new { run_key = runKey, after, limit = LoadPage };
        var rows = await database.ReadAsync(
            connection => connection.Query<StoredEvent>(EventSql.Load, arguments).AsList(), cancellationToken).ConfigureAwait(false);
        return new LogPiece(rows.ConvertAll(row => row.ToEvent(codecs)), HasMore: rows.Count == LoadPage);
    }

    public static Keyset Keyset(PageRequest? page) => Abstractions.Keyset.Of('e', page);

    private static long PositionOf(string eventId) =>
        eventId.Length == IdPrefix.Length + IdDigits
        && eventId.StartsWith(IdPrefix, StringComparison.Ordinal)
        && long.TryParse(eventId.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : throw InvalidEventException.EventId(eventId);

    private sealed record CorrelatedRow
    {
        public long event_key { get; init; }
        public string run_id { get; init; } = "";
        public StoredEvent? Stored { get; init; }
    }
}
