using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>What the code of runs remembers by name, according to their logs.</summary>
internal sealed class StateStore(
    RunStore runs, RunStates states, EventStore events, PayloadCodecs codecs, IPayloadReader payloads) : IStateStore
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
        if (await runs.FindLoggedAsync(runId, cancellationToken).ConfigureAwait(false) is not { } run
            || await states.ReadAsync(run, state => state.Values.Find(key), cancellationToken).ConfigureAwait(false) is not { } value)
        {
            return null;
        }

        var logged = await events.LoadAtAsync(run.Key, [value.Latest], ResolveData.All, cancellationToken).ConfigureAwait(false);
        return Describe(runId, value, logged, ResolveData.All);
    }

    public async Task<Page<StateEntry>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset.Of(PagedList.State, page);
        var after = keyset.After; // a bad cursor before anything is read
        if (await runs.FindLoggedAsync(runId, cancellationToken).ConfigureAwait(false) is not { } run)
        {
            return keyset.ToPage(new List<ValueState>(), value => value.Created, value => default(StateEntry)!);
        }

        var values = await states.ReadAsync(run, state => state.Values.ReadPage(keyset, after), cancellationToken).ConfigureAwait(false);
        var logged = await events.LoadAtAsync(run.Key, [.. values.Select(value => value.Latest)], keyset.Page.Data, cancellationToken)
            .ConfigureAwait(false);
        return keyset.ToPage(values, value => value.Created, value => Describe(runId, value, logged, keyset.Page.Data));
    }

    private StateEntry Describe(string runId, ValueState value, IReadOnlyDictionary<long, StoredEvent> logged, ResolveData data) => new()
    {
        RunId = runId,
        Key = value.Id,
        Value = data == ResolveData.All ? codecs.Decode(logged.GetValueOrDefault(value.Latest)?.Payload) : null,
        Position = value.Latest,
        SetAt = SqlTime.FromColumn(value.LatestAt),
    };
}
