using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_hooks</c>.</summary>
internal sealed class HookStore(ISqlDatabase database, PayloadCodecs codecs) : IHookStore
{
    public async Task<WorkflowHook?> FindByTokenAsync(string token, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        var row = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<HookRow>(HookSql.FindByToken, new { token }),
            cancellationToken).ConfigureAwait(false);
        return row?.ToHook(codecs, ResolveData.All);
    }

    public async Task<WorkflowHook> GetAsync(
        string runId, string hookId, ResolveData data, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        ArgumentException.ThrowIfNullOrEmpty(hookId);
        var arguments = new { run_id = runId, hook_id = hookId };
        var row = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<HookRow>(HookSql.Find, arguments), cancellationToken).ConfigureAwait(false);
        return row?.ToHook(codecs, data) ?? throw NotFoundException.HookOf(runId, hookId);
    }

    public async Task<Page<WorkflowHook>> ListAsync(string? runId, PageRequest? page, CancellationToken cancellationToken)
    {
        var keyset = Keyset.Of(PagedList.Hooks, page);
        var arguments = new { run_id = runId, after = keyset.After, limit = keyset.Limit };
        var text = (runId is not null, keyset.IsDescending) switch
        {
            (false, false) => HookSql.List,
            (false, true) => HookSql.ListBackwards,
            (true, false) => HookSql.ListOfRun,
            (true, true) => HookSql.ListOfRunBackwards,
        };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<HookRow>(text, arguments), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.hook_key, row => row.ToHook(codecs, keyset.Page.Data));
    }
}
