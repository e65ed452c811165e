using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_state</c>.</summary>
internal sealed class StateStore(ISqlDatabase database, PayloadCodecs codecs, IPayloadReader payloads) : IStateStore
{
    public async Task<T> GetAsync<T>(string runId, string key, CancellationToken cancellationToken)
    {
        var entry = await FindAsync(runId, key, cancellationToken).ConfigureAwait(false) ?? throw NotFoundException.State(runId, key);
        return payloads.Deserialize<T>(entry.Value, $"The value of '{key}' in the state of run '{runId}'");
    }

    public async Task<StateEntry?> FindAsync(string runId, string key, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        ArgumentException.ThrowIfNullOrEmpty(key);
        var row = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<StateRow>(StateSql.Get, new { run_id = runId, key, with_data = true }),
            cancellationToken).ConfigureAwait(false);
        return row?.ToEntry(runId, codecs);
    }

    public async Task<Page<StateEntry>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset.Of(PagedList.State, page);
        var arguments = new { run_id = runId, after = keyset.After, with_data = keyset.WithData, limit = keyset.Limit };
        var text = keyset.IsDescending ? StateSql.ListBackwards : StateSql.List;
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<StateRow>(text, arguments), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.state_key, row => row.ToEntry(runId, codecs));
    }

    private sealed class StateRow
    {
        public long state_key { get; init; }
        public required string key { get; init; }
        public long position { get; init; }
        public long created_at { get; init; }
        public byte[]? payload { get; init; }

        public StateEntry ToEntry(string runId, PayloadCodecs codecs) => new()
        {
            RunId = runId,
            Key = key,
            Value = codecs.Decode(payload),
            Position = position,
            SetAt = SqlTime.FromColumn(created_at),
        };
    }
}
