using Dapper;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_hooks</c>.</summary>
internal sealed class HookStore(ISqlDatabase database) : IHookStore
{
    public async Task<WorkflowHook?> FindByTokenAsync(string token, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        var row = await database.ReadAsync(
            connection => connection.QuerySingleOrDefault<HookRow>(HookSql.FindByToken, new { token }),
            cancellationToken).ConfigureAwait(false);
        return row is null ? null : ToHook(row);
    }

    public async Task<Page<WorkflowHook>> ListAsync(string? runId, PageRequest? page, CancellationToken cancellationToken)
    {
        page ??= new PageRequest();
        var arguments = new { run_id = runId, after = Keyset.After(page), limit = page.Limit + 1 };
        var rows = await database.ReadAsync(
            connection => connection.Query<HookRow>(HookSql.List, arguments).AsList(), cancellationToken).ConfigureAwait(false);
        return Keyset.ToPage(page, rows, row => row.hook_key, ToHook);
    }

    private static WorkflowHook ToHook(HookRow row) => new()
    {
        RunId = row.run_id,
        HookId = row.hook_id,
        Token = row.token,
        CreatedAt = SqlTime.FromColumn(row.created_at),
    };

    private sealed class HookRow
    {
        public long hook_key { get; init; }
        public required string run_id { get; init; }
        public required string hook_id { get; init; }
        public required string token { get; init; }
        public long created_at { get; init; }
    }
}
