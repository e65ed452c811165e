using System.Text.Json;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>Turns inputs, results and hook payloads into bytes and back, and says what it was that could not be.</summary>
internal sealed class JsonPayloads(IPayloadSerializer serializer) : IPayloadReader
{
    public JsonPayloads(JsonSerializerOptions options)
        : this(new JsonPayloadSerializer(options))
    {
    }

    /// <exception cref="SerializationException">The serializer refuses the value.</exception>
    public ReadOnlyMemory<byte> Serialize<T>(T value, string what) => Serialize(value, typeof(T), what);

    /// <exception cref="SerializationException">The serializer refuses the value.</exception>
    public ReadOnlyMemory<byte> Serialize(object? value, Type type, string what)
    {
        try
        {
            return serializer.Serialize(value, type);
        }
        catch (Exception exception) // serializers, converters and properties are code of strangers
        {
            throw new SerializationException($"{what} of type {type} cannot be serialized. {RemedyFor(type, exception)}", exception);
        }
    }

    /// <exception cref="SerializationException">The bytes do not describe a value of that type.</exception>
    public T Deserialize<T>(ReadOnlyMemory<byte>? payload, string what)
    {
        if (payload is not { } bytes)
        {
            return default!; // a payload that is absent is the default of its type, by definition
        }

        try
        {
            return (T)serializer.Deserialize(bytes, typeof(T))!; // null only when T allows it: unboxing throws
        }
        catch (Exception exception) // ditto
        {
            throw new SerializationException($"{what} cannot be read as {typeof(T)}. {RemedyFor(typeof(T), exception)}", exception);
        }
    }

    private string RemedyFor(Type type, Exception exception) => serializer is JsonPayloadSerializer json
        ? json.RemedyFor(type, exception)
        : "The serializer in WorldOptions.Serializer refused it: see the inner exception.";
}
