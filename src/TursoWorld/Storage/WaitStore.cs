using Dapper;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_waits</c>.</summary>
internal sealed class WaitStore(ISqlDatabase database) : IWaitStore
{
    public async Task<Page<WorkflowWait>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        page ??= new PageRequest();
        var arguments = new { run_id = runId, after = Keyset.After(page), limit = page.Limit + 1 };
        var rows = await database.ReadAsync(
            connection => connection.Query<WaitRow>(WaitSql.List, arguments).AsList(), cancellationToken).ConfigureAwait(false);
        return Keyset.ToPage(page, rows, row => row.created_position, row => ToWait(runId, row));
    }

    private static WorkflowWait ToWait(string runId, WaitRow row) => new()
    {
        RunId = runId,
        WaitId = row.wait_id,
        Status = StatusText.ToWaitStatus(row.status),
        ResumeAt = SqlTime.FromColumn(row.resume_at),
        CreatedAt = SqlTime.FromColumn(row.created_at),
        CompletedAt = SqlTime.FromColumn(row.latest_at),
    };

    private sealed class WaitRow
    {
        public long created_position { get; init; }
        public required string wait_id { get; init; }
        public required string status { get; init; }
        public long resume_at { get; init; }
        public long created_at { get; init; }
        public long? latest_at { get; init; }
    }
}
