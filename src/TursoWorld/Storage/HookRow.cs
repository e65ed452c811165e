using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>A row of <c>workflow_hooks</c>, with the row of the log that has the event which made it.</summary>
internal sealed class HookRow
{
    public long hook_key { get; init; }
    public required string run_id { get; init; }
    public required string hook_id { get; init; }
    public required string token { get; init; }
    public long created_position { get; init; }
    public long? spec_version { get; init; }
    public long first { get; init; }
    public long created_at { get; init; }
    public byte[] events { get; init; } = [];
    public byte[]? payloads { get; init; }

    /// <summary>A row that a unit returned.</summary>
    public static HookRow From(SqlRow row) => new()
    {
        hook_key = row.Integer(0),
        run_id = row.Text(1),
        hook_id = row.Text(2),
        token = row.Text(3),
        created_position = row.Integer(4),
        spec_version = row.IntegerOrNull(5),
        first = row.Integer(6),
        created_at = row.Integer(7),
        events = row.BytesOrNull(8) ?? [],
        payloads = row.BytesOrNull(9),
    };

    public WorkflowHook ToHook(PayloadCodecs codecs, ResolveData data)
    {
        var created = new LogRow { first = first, created_at = created_at, events = events, payloads = payloads }.Find(created_position);
        return new WorkflowHook
        {
            RunId = run_id,
            HookId = hook_id,
            Token = token,
            Metadata = data == ResolveData.All ? codecs.Decode(created?.Payload) : null,
            IsWebhook = created?.Data.IsWebhook,
            IsSystem = created?.Data.IsSystem,
            SpecVersion = (int?)spec_version,
            CreatedAt = SqlTime.FromColumn(created?.CreatedAt ?? created_at),
        };
    }
}
