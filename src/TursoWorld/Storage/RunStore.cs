using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_runs</c>.</summary>
internal sealed class RunStore(ISqlDatabase database, PayloadCodecs codecs)
{
    public Task<WorkflowRun> GetAsync(string runId, CancellationToken cancellationToken) =>
        GetAsync(runId, ResolveData.All, cancellationToken);

    public async Task<WorkflowRun> GetAsync(string runId, ResolveData data, CancellationToken cancellationToken) =>
        await FindAsync(runId, data, cancellationToken).ConfigureAwait(false) ?? throw NotFoundException.Run(runId);

    public Task<WorkflowRun?> FindAsync(string runId, CancellationToken cancellationToken) =>
        FindAsync(runId, ResolveData.All, cancellationToken);

    public async Task<WorkflowRun?> FindAsync(string runId, ResolveData data, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var row = await database.ReadAsync(
    reader => reader.QuerySingleOrDefaultAsync<RunRow>(RunSql.Get, new { run_id = runId, with_data = data == ResolveData.All }),
    cancellationToken).ConfigureAwait(false);
        return row?.ToRun(codecs, data);
    }

    /// <summary>What the log of a run is found by; null when there is no such run.</summary>
    public async Task<LoggedRun?> FindLoggedAsync(string runId, CancellationToken cancellationToken) =>
        await FindFactsAsync(runId, cancellationToken).ConfigureAwait(false) is { } facts
            ? new LoggedRun(facts.run_key, facts.spec_version is not null)
            : null;

    /// <summary>What decides whether something may be recorded about a run; null when there is no such run.</summary>
    public async Task<RunFacts?> FindFactsAsync(string runId, CancellationToken cancellationToken) => await database.ReadAsync(
        reader => reader.QuerySingleOrDefaultAsync<RunFacts>(RunSql.GetFacts, new { run_id = runId }),
        cancellationToken).ConfigureAwait(false);

    public async Task<Page<WorkflowRun>> ListAsync(
        RunQuery? query, PageRequest? page, CancellationToken cancellationToken)
    {
        if (query?.Attribute is { } wanted && (wanted.Key is null || wanted.Value is null))
        {
            throw new ArgumentException("An attribute to look for has a name and a value. Leave Attribute null to look for none.", nameof(query));
        }

        var keyset = Keyset.Of(PagedList.Runs, page);
        var arguments = new
        {
            after = keyset.After,
            statuses = StatusesOf(query),
            workflow_name = query?.WorkflowName,
            parent_run_id = query?.ParentRunId,
            created_from = SqlTime.ToColumn(query?.CreatedFrom),
            created_before = SqlTime.ToColumn(query?.CreatedBefore),
            attribute = query?.Attribute?.Key,
            attribute_value = query?.Attribute?.Value,
            with_data = keyset.WithData,
            limit = keyset.Limit,
        };
        var text = StatementFor(query, keyset.IsDescending);
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<RunRow>(text, arguments), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.run_key, row => row.ToRun(codecs, keyset.Page.Data));
    }

    public async Task<IReadOnlyDictionary<RunStatus, long>> CountAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<CountRow>(RunSql.Count), cancellationToken).ConfigureAwait(false);
        return Enum.GetValues<RunStatus>().ToDictionary(
            status => status, status => rows.Find(row => StatusText.ToRunStatus(row.status) == status)?.runs ?? 0);
    }

    /// <summary>The one that walks the index of what has the fewest runs, as a rule.</summary>
    private static string StatementFor(RunQuery? query, bool isDescending) => query switch
    {
        { ParentRunId: not null } => isDescending ? RunSql.ListChildrenBackwards : RunSql.ListChildren,
        { Attribute: not null } => isDescending ? RunSql.ListByAttributeBackwards : RunSql.ListByAttribute,
        { Status: null, Statuses: null, WorkflowName: null } or null => isDescending ? RunSql.ListBackwards : RunSql.List,
        _ => isDescending ? RunSql.ListByStatusBackwards : RunSql.ListByStatus,
    };

    /// <returns>A JSON list; null when nothing is asked that depends on it.</returns>
    private static string? StatusesOf(RunQuery? query)
    {
        if (query is null or { Status: null, Statuses: null, WorkflowName: null })
        {
            return null;
        }

        var statuses = query.Statuses ?? Enum.GetValues<RunStatus>();
        foreach (var unknown in statuses.Append(query.Status ?? default).Where(status => !Enum.IsDefined(status)))
        {
            throw new ArgumentOutOfRangeException(nameof(query), unknown, "There is no such status of a run.");
        }

        IReadOnlyCollection<string> texts =
            [.. statuses.Where(status => query.Status is null || query.Status == status).Select(StatusText.ToText)];
        return JsonSerializer.Serialize(texts, StorageJson.Default.IReadOnlyCollectionString);
    }

    private sealed class CountRow
    {
        public required string status { get; init; }
        public long runs { get; init; }
    }
}
