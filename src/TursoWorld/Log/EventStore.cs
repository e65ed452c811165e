using System.Globalization;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>Reads events from <c>workflow_log</c>.</summary>
internal sealed class EventStore(ISqlDatabase database, PayloadCodecs codecs)
{
    private const int RowsPerPiece = 500;
    private const int PlaceBits = 16; // a row has fewer events than that tells apart
    private const string IdPrefix = "evnt_";
    private const int IdDigits = 26;

    public async Task<WorkflowEvent> GetAsync(
        string runId, LoggedRun? run, string eventId, ResolveData data, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventId);
        var position = PositionOf(eventId);
        var found = run is { } logged ? await LoadAtAsync(logged.Key, [position], data, cancellationToken).ConfigureAwait(false) : null;
        return found?.GetValueOrDefault(position) is { } stored ? Resolve(stored, data) : throw NotFoundException.Event(runId, eventId);
    }

    public async Task<Page<WorkflowEvent>> ListAsync(LoggedRun? run, PageRequest? page, CancellationToken cancellationToken)
    {
        var keyset = Keyset(page);
        var after = keyset.After; // a bad cursor before anything is read
        List<StoredEvent> found = [];
        if (run is { } logged)
        {
            var rows = await database.ReadAsync(
                reader => keyset.IsDescending
                    ? reader.QueryAsync<LogRow>(LogSql.LoadBackwards, new { run_key = logged.Key, after, with_data = keyset.WithData, limit = keyset.Limit })
                    : reader.QueryAsync<LogRow>(LogSql.Load, new { run_key = logged.Key, after, with_data = keyset.WithData, limit = keyset.Limit }),
                cancellationToken).ConfigureAwait(false);
            found = keyset.IsDescending
                ? [.. rows.SelectMany(row => Enumerable.Reverse(row.Read())).Where(stored => stored.Position < after).Take(keyset.Limit)]
                : [.. rows.SelectMany(row => row.Read()).Where(stored => stored.Position > after).Take(keyset.Limit)];
        }

        return keyset.ToPage(found, stored => stored.Position, stored => Resolve(stored, keyset.Page.Data));
    }

    public async Task<Page<CorrelatedEvent>> ListCorrelatedAsync(
        string correlationId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(correlationId);
        var keyset = Abstractions.Keyset.Of(PagedList.CorrelatedEvents, page);
        var after = keyset.After;
        var arguments = new { correlation_id = correlationId, after = after >> PlaceBits, with_data = keyset.WithData, limit = keyset.Limit + 1 }; // the row of the cursor may have nothing more
        var text = (LogRows.IsIndexed(correlationId), keyset.IsDescending) switch
        {
            (true, false) => LogSql.ListCorrelated,
            (true, true) => LogSql.ListCorrelatedBackwards,
            (false, false) => LogSql.ScanCorrelated,
            (false, true) => LogSql.ScanCorrelatedBackwards,
        };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<CorrelatedRow>(text, arguments), cancellationToken).ConfigureAwait(false);
        var found = rows.SelectMany(row => row.Read(correlationId, keyset.IsDescending))
            .Where(one => keyset.IsDescending ? one.Key < after : one.Key > after)
            .Take(keyset.Limit)
            .ToList();
        return keyset.ToPage(found, one => one.Key, one => new CorrelatedEvent(one.RunId, Resolve(one.Stored, keyset.Page.Data)));
    }

    /// <summary>What the log of a run has behind a position, as far as it fits into a piece.</summary>
    public async Task<LogPiece> LoadAsync(long runKey, long after, CancellationToken cancellationToken)
    {
        var (events, hasMore) = await LoadStoredAsync(runKey, after, cancellationToken).ConfigureAwait(false);
        return new LogPiece(events.ConvertAll(stored => EventCodec.Read(stored, codecs)), hasMore);
    }

    /// <summary>As <see cref="LoadAsync"/>, as it is stored.</summary>
    public async Task<(List<StoredEvent> Events, bool HasMore)> LoadStoredAsync(long runKey, long after, CancellationToken cancellationToken)
    {
        var arguments = new { run_key = runKey, after, with_data = true, limit = RowsPerPiece };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<LogRow>(LogSql.Load, arguments), cancellationToken).ConfigureAwait(false);
        var events = new List<StoredEvent>();
        foreach (var row in rows)
        {
            events.AddRange(row.first > after ? row.Read() : row.Read().Where(stored => stored.Position > after));
        }

        return (events, rows.Count == RowsPerPiece);
    }

    /// <summary>Some events of one log, by their positions. Without data, payloads may be there or not.</summary>
    public async Task<IReadOnlyDictionary<long, StoredEvent>> LoadAtAsync(
        long runKey, IReadOnlyCollection<long> positions, ResolveData data, CancellationToken cancellationToken)
    {
        var arguments = new { run_key = runKey, positions = $"[{string.Join(',', positions)}]", with_data = data == ResolveData.All };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<LogRow>(LogSql.ListAt, arguments), cancellationToken).ConfigureAwait(false);
        var wanted = positions.ToHashSet();
        return rows.SelectMany(row => row.Read()).Where(stored => wanted.Contains(stored.Position)).ToDictionary(stored => stored.Position);
    }

    public static Keyset Keyset(PageRequest? page) => Abstractions.Keyset.Of(PagedList.Events, page);

    private WorkflowEvent Resolve(StoredEvent stored, ResolveData data) =>
        EventCodec.Read(data == ResolveData.All ? stored : stored with { Payload = null }, codecs);

    private static long PositionOf(string eventId) =>
        eventId.Length == IdPrefix.Length + IdDigits
        && eventId.StartsWith(IdPrefix, StringComparison.Ordinal)
        && long.TryParse(eventId.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : throw InvalidEventException.EventId(eventId);

    private sealed class CorrelatedRow
    {
        public required string run_id { get; init; }
        public long log_key { get; init; }
        public long run_key { get; init; }
        public long first { get; init; }
        public long created_at { get; init; }
        public byte[] events { get; init; } = [];
        public byte[]? payloads { get; init; }
        public long is_bare { get; init; }

        /// <summary>The events about something, each with a key that grows from row to row.</summary>
        public IEnumerable<(long Key, string RunId, StoredEvent Stored)> Read(string correlationId, bool isDescending)
        {
            var row = new LogRow
            {
                log_key = log_key,
                run_key = run_key,
                first = first,
                created_at = created_at,
                events = events,
                payloads = payloads,
                is_bare = is_bare,
            };
            var about = row.Read().Where(stored => stored.Id == correlationId)
                .Select(stored => ((log_key << PlaceBits) + stored.Position - first, run_id, stored));
            return isDescending ? about.Reverse() : about;
        }
    }
}
