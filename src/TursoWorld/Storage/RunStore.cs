using Dapper;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_runs</c>.</summary>
internal sealed class RunStore(ISqlDatabase database)
{
    public async Task<WorkflowRun> GetAsync(string runId, CancellationToken cancellationToken) =>
        await FindAsync(runId, cancellationToken).ConfigureAwait(false) ?? throw NotFoundException.Run(runId);

    public async Task<WorkflowRun?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var row = await database.ReadAsync(
            connection => connection.QuerySingleOrDefault<RunRow>(RunSql.Get, new { run_id = runId }),
            cancellationToken).ConfigureAwait(false);
        return row is null ? null : ToRun(row);
    }

    public async Task<Page<WorkflowRun>> ListAsync(
        RunQuery? query, PageRequest? page, CancellationToken cancellationToken)
    {
        page ??= new PageRequest();
        var arguments = new
        {
            after = Keyset.After(page),
            status = query?.Status is { } status ? StatusText.ToText(status) : null,
            workflow_name = query?.WorkflowName,
            limit = page.Limit + 1,
        };
        var rows = await database.ReadAsync(
            connection => connection.Query<RunRow>(RunSql.List, arguments).AsList(), cancellationToken).ConfigureAwait(false);
        return Keyset.ToPage(page, rows, row => row.run_key, ToRun);
    }

    public async Task<IReadOnlyDictionary<RunStatus, long>> CountAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            connection => connection.Query<CountRow>(RunSql.Count).AsList(), cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(row => StatusText.ToRunStatus(row.status), row => row.runs);
    }

    private static WorkflowRun ToRun(RunRow row)
    {
        var status = StatusText.ToRunStatus(row.status);
        return new WorkflowRun
        {
            RunId = row.run_id,
            WorkflowName = row.workflow_name,
            WorkflowVersion = (int)row.workflow_version,
            Status = status,
            Input = SqlBytes.FromColumn(row.input),
            Output = status == RunStatus.Completed ? SqlBytes.FromColumn(row.ending) : null,
            Error = status == RunStatus.Failed ? EventColumns.ToError(row.ending) : null,
            BlockedReason = row.blocked_reason,
            CreatedAt = SqlTime.FromColumn(row.created_at),
            StartedAt = SqlTime.FromColumn(row.started_at),
            CompletedAt = SqlTime.FromColumn(row.completed_at),
        };
    }

    private sealed class RunRow
    {
        public long run_key { get; init; }
        public required string run_id { get; init; }
        public required string workflow_name { get; init; }
        public long workflow_version { get; init; }
        public required string status { get; init; }
        public string? blocked_reason { get; init; }
        public long created_at { get; init; }
        public long? started_at { get; init; }
        public long? completed_at { get; init; }
        public byte[]? input { get; init; }
        public byte[]? ending { get; init; }
    }

    private sealed class CountRow
    {
        public required string status { get; init; }
        public long runs { get; init; }
    }
}
