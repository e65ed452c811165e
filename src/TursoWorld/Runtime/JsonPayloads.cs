using System.Text.Json;

namespace TursoWorld.Runtime;

/// <summary>Turns inputs, results and hook payloads into bytes and back.</summary>
internal sealed class JsonPayloads(JsonSerializerOptions options)
{
    /// <exception cref="SerializationException">The value has a type that JSON cannot express.</exception>
    public ReadOnlyMemory<byte> Serialize<T>(T value, string what) => Serialize(value, typeof(T), what);

    /// <exception cref="SerializationException">The value has a type that JSON cannot express.</exception>
    public ReadOnlyMemory<byte> Serialize(object? value, Type type, string what)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(value, type, options);
        }
        catch (Exception exception) when (exception is NotSupportedException or JsonException or InvalidOperationException)
        {
            throw new SerializationException(
                $"{what} of type {type} cannot be serialized to JSON. Use a type with public properties and without cycles, or "
                + "add a converter to WorldOptions.SerializerOptions.",
                exception);
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
            return JsonSerializer.Deserialize<T>(bytes.Span, options)!; // null only when T allows it
        }
        catch (Exception exception) when (exception is NotSupportedException or JsonException or InvalidOperationException)
        {
            throw new SerializationException(
                $"{what} cannot be read as {typeof(T)}. Use the type it was written with, or one that reads the same JSON.",
                exception);
        }
    }
}
