using System.Diagnostics;
using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>
/// Events as the log has them, and back. Each family of types has a file in which both directions of a type stand together.
/// </summary>
internal static class EventCodec
{
    /// <exception cref="PayloadCodecException">A codec failed.</exception>
    public static StoredEvent Write(WorkflowEvent source, PayloadCodecs codecs)
    {
        var stored = WritePlain(source);
        return stored.Payload is null ? stored : stored with { Payload = codecs.Encode(stored.Payload) };
    }

    /// <summary>With its payload as it is.</summary>
    public static StoredEvent WritePlain(WorkflowEvent source)
    {
        var stored = StepEvents.Write(source) ?? WaitEvents.Write(source) ?? HookEvents.Write(source) ?? ChildEvents.Write(source)
            ?? StateEvents.Write(source) ?? RunEvents.Write(source) ?? throw new UnreachableException();
        return source is { OccurredAt: null, RequestId: null } ? stored : stored with
        {
            Data = stored.Data with { OccurredAt = SqlTime.ToColumn(source.OccurredAt), RequestId = source.RequestId },
        };
    }

    /// <exception cref="PayloadCodecException">The payload cannot be decoded here.</exception>
    /// <exception cref="StorageException">It is not what this library writes.</exception>
    public static WorkflowEvent Read(StoredEvent stored, PayloadCodecs codecs)
    {
        var plain = stored.Payload is null ? stored : stored with { Payload = codecs.Decode(stored.Payload) };
        var read = stored.Type switch
        {
            ['s', 't', 'e', 'p', '_', ..] => StepEvents.Read(plain),
            ['w', 'a', 'i', 't', '_', ..] => WaitEvents.Read(plain),
            ['h', 'o', 'o', 'k', '_', ..] => HookEvents.Read(plain),
            ['c', 'h', 'i', 'l', 'd', '_', ..] => ChildEvents.Read(plain),
            "attr_set" or "state_set" => StateEvents.Read(plain),
            _ => RunEvents.Read(plain),
        };
        return (read, stored.Data) switch
        {
            (null, _) => throw Unknown(stored.Type),
            (_, { OccurredAt: null, RequestId: null }) => read,
            var (_, data) => read with { OccurredAt = SqlTime.FromColumn(data.OccurredAt), RequestId = data.RequestId },
        };
    }

    /// <summary>An event whose position is not known yet.</summary>
    public static StoredEvent Make(WorkflowEvent source, string type, string? id, EventData? data = null, ReadOnlyMemory<byte>? payload = null) => new()
    {
        Position = source.Position,
        Type = type,
        Id = id ?? "",
        CreatedAt = SqlTime.ToColumn(source.CreatedAt),
        Data = data ?? EventData.Nothing,
        Payload = payload,
    };

    /// <summary>The bytes of an error: those of a foreign runtime as it gave them, or gave none.</summary>
    public static ReadOnlyMemory<byte>? WriteError(WorkflowEvent source, StructuredError? error, ReadOnlyMemory<byte>? written) =>
        source.IsForeign ? written
        : error is null ? (ReadOnlyMemory<byte>?)null
        : JsonSerializer.SerializeToUtf8Bytes(error, StorageJson.Default.StructuredError);

    private static StorageException Unknown(string type) => new(
        ErrorCodes.DatabaseCorrupt,
        $"The log has an event of type '{type}', which this version does not know. Update the TursoWorld package.",
        isTransient: false);
}
