using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TursoWorld.Runtime;

/// <summary>Payloads as JSON: what a world uses that is given no serializer.</summary>
internal sealed class JsonPayloadSerializer(JsonSerializerOptions options) : IPayloadSerializer
{
    public ReadOnlyMemory<byte> Serialize(object? value, Type type) => JsonSerializer.SerializeToUtf8Bytes(value, type, options);

    public object? Deserialize(ReadOnlyMemory<byte> payload, Type type) => JsonSerializer.Deserialize(payload.Span, type, options);

    /// <summary>What to do about a type that could not be written or read.</summary>
    public string RemedyFor(Type type, Exception exception) =>
        exception is NotSupportedException && options.TypeInfoResolver is not (null or DefaultJsonTypeInfoResolver)
            ? $"The resolver in WorldOptions.SerializerOptions does not know the type, or one inside it: add "
                + $"[JsonSerializable(typeof({type.Name}))] to its JsonSerializerContext."
            : "Use a type with public properties and without cycles, which is read as it was written, or add a converter to "
                + "WorldOptions.SerializerOptions.";
}
