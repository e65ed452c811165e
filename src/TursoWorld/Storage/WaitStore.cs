using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_waits</c>.</summary>
internal sealed class WaitStore(ISqlDatabase database) : IWaitStore
{
    public async Task<Page<WorkflowWait>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset.Of(PagedList.Waits, page);
        var arguments = new { run_id = runId, after = keyset.After, limit = keyset.Limit };
        var text = keyset.IsDescending ? WaitSql.ListBackwards : WaitSql.List;
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<WaitRow>(text, arguments), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.wait_key, row => row.ToWait(runId));
    }
}
