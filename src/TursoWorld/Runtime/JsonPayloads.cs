using System.Text.Json;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>Turns inputs, results and hook payloads into bytes and back, and says what it was that could not be.</summary>
internal sealed class JsonPayloads(IPayloadSerializer serializer) : IPayloadReader
{
    /// <param name="options">How JSON is written; null for what a world does by default.</param>
    public JsonPayloads(JsonSerializerOptions? options)
        : this(options is null ? JsonPayloadSerializer.Default : new JsonPayloadSerializer(options))
    {
    }

    /// <summary>The most bytes that a value may have, before codecs.</summary>
    public int MostBytes { get; init; } = int.MaxValue;

    /// <summary>Refuses a type whose values would not come back as they went, before there is one.</summary>
    /// <exception cref="SerializationException">It is such a type.</exception>
    public void Require(Type type, string what)
    {
        try
        {
            (serializer as JsonPayloadSerializer)?.Require(type);
        }
        catch (Exception exception) // resolvers, and attributes on types, are code of strangers
        {
            throw CannotWrite(type, what, exception);
        }
    }

    /// <exception cref="SerializationException">The serializer refuses the value.</exception>
    public ReadOnlyMemory<byte> Serialize<T>(T value, string what) => Serialize(value, typeof(T), what);

    /// <exception cref="SerializationException">The serializer refuses the value.</exception>
    /// <exception cref="PayloadTooLargeException">The value has too many bytes.</exception>
    public ReadOnlyMemory<byte> Serialize(object? value, Type type, string what)
    {
        ReadOnlyMemory<byte> bytes;
        try
        {
            bytes = serializer.Serialize(value, type);
        }
        catch (Exception exception) // serializers, converters and properties are code of strangers
        {
            throw CannotWrite(type, what, exception);
        }

        return bytes.Length <= MostBytes ? bytes : throw new PayloadTooLargeException(what, bytes.Length, MostBytes);
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
            throw new SerializationException($"{what} cannot be read as {typeof(T)}. {WordsOfReading(typeof(T), exception)}", exception);
        }
    }

    /// <summary>Reads what is recorded, for code that it blocks when it cannot be read.</summary>
    /// <exception cref="NotReadyException">The bytes do not describe a value of that type.</exception>
    public T Read<T>(ReadOnlyMemory<byte>? payload, string what)
    {
        try
        {
            return Deserialize<T>(payload, what);
        }
        catch (SerializationException exception)
        {
            throw NotReadyException.Payload(exception);
        }
    }

    /// <summary>What the serializer says, and where the value does not fit.</summary>
    private string WordsOfReading(Type type, Exception exception) => exception switch
    {
        JsonException { Path: { } path } json when !json.Message.Contains("Path: ", StringComparison.Ordinal) => $"{json.Message} Path: {path}.",
        JsonException json => json.Message,
        _ => WordsOf(type, exception),
    };

    private SerializationException CannotWrite(Type type, string what, Exception exception) =>
        new($"{what} of type {type} cannot be serialized. {WordsOf(type, exception)}", exception);

    /// <summary>What the serializer says, and what to do.</summary>
    private string WordsOf(Type type, Exception exception) => $"{exception.Message.TrimEnd('.', ' ')}. {RemedyFor(type, exception)}".TrimEnd();

    private string RemedyFor(Type type, Exception exception) => serializer is JsonPayloadSerializer json
        ? json.RemedyFor(type, exception)
        : "The serializer in WorldOptions.Serializer refused it: see the inner exception.";
}
