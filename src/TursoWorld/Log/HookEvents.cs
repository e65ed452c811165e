using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>Events about hooks.</summary>
internal static class HookEvents
{
    public static StoredEvent? Write(WorkflowEvent source) => source switch
    {
        WorkflowEvent.HookCreated e => EventCodec.Make(
            e, "hook_created", e.HookId, new() { Token = e.Token, IsWebhook = e.IsWebhook, IsSystem = e.IsSystem }, e.Metadata),
        WorkflowEvent.HookConflict e => EventCodec.Make(
            e, "hook_conflict", e.HookId, new() { Token = e.Token, ConflictingRunId = e.ConflictingRunId }),
        WorkflowEvent.HookReceived e => EventCodec.Make(e, "hook_received", e.HookId, WithToken(e.Token), e.Payload),
        WorkflowEvent.HookDisposed e => EventCodec.Make(e, "hook_disposed", e.HookId, WithToken(e.Token)),
        _ => null,
    };

    public static WorkflowEvent? Read(StoredEvent stored)
    {
        var (position, at, data, hookId) = (stored.Position, SqlTime.FromColumn(stored.CreatedAt), stored.Data, stored.Id);
        return stored.Type switch
        {
            "hook_created" => new WorkflowEvent.HookCreated(hookId, data.Token ?? "")
            { Position = position, CreatedAt = at, Metadata = stored.Payload, IsWebhook = data.IsWebhook, IsSystem = data.IsSystem },
            "hook_conflict" => new WorkflowEvent.HookConflict(hookId, data.Token ?? "")
            { Position = position, CreatedAt = at, ConflictingRunId = data.ConflictingRunId },
            "hook_received" => new WorkflowEvent.HookReceived(hookId, stored.Payload)
            { Position = position, CreatedAt = at, Token = data.Token },
            "hook_disposed" => new WorkflowEvent.HookDisposed(hookId) { Position = position, CreatedAt = at, Token = data.Token },
            _ => null,
        };
    }

    private static EventData? WithToken(string? token) => token is null ? null : new() { Token = token };
}
