using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>A row of <c>workflow_hooks</c>, with the event that made it.</summary>
internal sealed class HookRow
{
    public long hook_key { get; init; }
    public required string run_id { get; init; }
    public required string hook_id { get; init; }
    public required string token { get; init; }
    public long created_at { get; init; }
    public string? data { get; init; }
    public byte[]? metadata { get; init; }
    public long? spec_version { get; init; }

    /// <summary>A row that a unit returned.</summary>
    public static HookRow From(SqlRow row) => new()
    {
        hook_key = row.Integer(0),
        run_id = row.Text(1),
        hook_id = row.Text(2),
        token = row.Text(3),
        created_at = row.Integer(4),
        data = row.TextOrNull(5),
        metadata = row.BytesOrNull(6),
        spec_version = row.IntegerOrNull(7),
    };

    public WorkflowHook ToHook(PayloadCodecs codecs)
    {
        var more = StoredEvent.ReadData(data);
        return new WorkflowHook
        {
            RunId = run_id,
            HookId = hook_id,
            Token = token,
            Metadata = codecs.Decode(metadata),
            IsWebhook = more.IsWebhook,
            IsSystem = more.IsSystem,
            SpecVersion = (int?)spec_version,
            CreatedAt = SqlTime.FromColumn(created_at),
        };
    }
}
