using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TursoWorld.Runtime;

/// <summary>
/// Payloads as JSON: what a world uses that is given no serializer. A value comes back as it went, or it is refused: its type is
/// looked at once, its texts and the types of what is in it while it is written.
/// </summary>
internal sealed class JsonPayloadSerializer : IPayloadSerializer
{
    /// <summary>What a world uses that is given no options either: fields are written as well, and so tuples survive.</summary>
    public static readonly JsonPayloadSerializer Default = new(new JsonSerializerOptions { IncludeFields = true });

    private readonly JsonSerializerOptions _given;
    private readonly JsonSerializerOptions _options;
    private readonly SurvivalCheck _survival;
    private readonly Lazy<JsonSerializerOptions> _strict;

    public JsonPayloadSerializer(JsonSerializerOptions given)
    {
        _given = given;
        _options = new JsonSerializerOptions(given);
        _options.TypeInfoResolver = (given.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(RefuseDerived);
        if (!_options.Converters.Any(converter => converter.CanConvert(typeof(BigInteger))))
        {
            _options.Converters.Add(new BigIntegerConverter());
        }

        _survival = new SurvivalCheck(_options);
        _strict = new Lazy<JsonSerializerOptions>(() => StrictText.AddTo(_options));
    }

    // What replaces half of a character, escaped and as it is.
    private static ReadOnlySpan<byte> EscapedReplacement => "\\uFFFD"u8;

    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    public ReadOnlyMemory<byte> Serialize(object? value, Type type)
    {
        _survival.Require(type);
        if (type == typeof(object) && value is not (null or JsonElement or JsonDocument or JsonNode) && _survival.IsOpaque(type))
        {
            throw new LossException(
                $"It is declared as System.Object, and a {value.GetType()} would come back as a JsonElement. Name its type.");
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type, _options);
        if (bytes.AsSpan().IndexOf(EscapedReplacement) >= 0 || bytes.AsSpan().IndexOf(Replacement) >= 0)
        {
            // The character may be what the text has. This finds out, and is thrown away.
            JsonSerializer.SerializeToUtf8Bytes(value, type, _strict.Value);
        }

        return bytes;
    }

    public object? Deserialize(ReadOnlyMemory<byte> payload, Type type)
    {
        _survival.Require(type);
        return JsonSerializer.Deserialize(payload.Span, type, _options);
    }

    /// <summary>Refuses a type whose values would come back as others.</summary>
    /// <exception cref="NotSupportedException">It is such a type, or none that can be written at all.</exception>
    public void Require(Type type) => _survival.Require(type);

    /// <summary>What to do about a type that could not be written or read, when the serializer does not say so.</summary>
    public string RemedyFor(Type type, Exception exception) => exception switch
    {
        LossException or { InnerException: LossException } => "",
        NotSupportedException when _given.TypeInfoResolver is not (null or DefaultJsonTypeInfoResolver) =>
            $"The resolver in WorldOptions.SerializerOptions does not know the type, or one inside it: add "
            + $"[JsonSerializable(typeof({type.Name}))] to its JsonSerializerContext.",
        _ => "Use a type with public properties and without cycles, which is read as it was written, or add a converter to "
            + "WorldOptions.SerializerOptions.",
    };

    /// <summary>What a derived type adds would not be written, and nothing would say so.</summary>
    private static void RefuseDerived(JsonTypeInfo info)
    {
        var type = info.Type;
        if (info.Kind != JsonTypeInfoKind.Object || type.IsSealed
            || info.PolymorphismOptions is { UnknownDerivedTypeHandling: not JsonUnknownDerivedTypeHandling.FailSerialization })
        {
            return;
        }

        var before = info.OnSerializing;
        info.OnSerializing = value =>
        {
            if (value.GetType() != type)
            {
                throw new LossException(
                    $"A {value.GetType()} stands where {type} is declared, and would come back as one. Put "
                    + $"[JsonDerivedType(typeof({value.GetType().Name}), \"name\")] on {type.Name}, or declare the type itself.");
            }

            before?.Invoke(value);
        };
    }
}
