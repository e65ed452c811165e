using System.Text.Json;
using TursoWorld.Log;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Turns the creation of hooks whose tokens are taken into conflicts.</summary>
internal static class HookTokens
{
    /// <returns>The events, with a conflict in place of each hook whose token is taken.</returns>
    public static async Task<IReadOnlyList<WorkflowEvent>> FindConflictsAsync(
        ISqlDatabase database, string runId, IReadOnlyList<WorkflowEvent> events, CancellationToken cancellationToken)
    {
        IReadOnlyCollection<string> tokens = [.. events.OfType<WorkflowEvent.HookCreated>().Select(hook => hook.Token)];
        var asked = JsonSerializer.Serialize(tokens, StorageJson.Default.IReadOnlyCollectionString);
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<HolderRow>(HookSql.ListHolders, new { tokens = asked }), cancellationToken).ConfigureAwait(false);
        var holders = rows.ToDictionary(row => row.token, row => (RunId: row.run_id, HookId: row.hook_id), StringComparer.Ordinal);
        List<WorkflowEvent> resolved = [];
        foreach (var source in events)
        {
            switch (source)
            {
                case WorkflowEvent.HookCreated hook when holders.TryGetValue(hook.Token, out var holder):
                    resolved.Add(new WorkflowEvent.HookConflict(hook.HookId, hook.Token)
                    {
                        Position = hook.Position,
                        CreatedAt = hook.CreatedAt,
                        ConflictingRunId = holder.RunId,
                        IsForeign = hook.IsForeign,
                        OccurredAt = hook.OccurredAt,
                        RequestId = hook.RequestId,
                    });
                    continue;
                case WorkflowEvent.HookCreated hook:
                    holders.Add(hook.Token, (runId, hook.HookId));
                    break;
                case WorkflowEvent.HookDisposed disposed:
                    foreach (var freed in holders.Where(pair => pair.Value == (runId, disposed.HookId)).Select(pair => pair.Key).ToList())
                    {
                        holders.Remove(freed);
                    }

                    break;
            }

            resolved.Add(source);
        }

        return resolved;
    }

    private sealed class HolderRow
    {
        public required string token { get; init; }
        public required string run_id { get; init; }
        public required string hook_id { get; init; }
    }
}
