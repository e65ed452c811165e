using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Moves of a JSON reader that every answer needs. Whatever is not as expected is a <see cref="JsonException"/>.</summary>
internal static class JsonReading
{
    /// <summary>Stands on a value: steps into the object that it must be.</summary>
    public static void Enter(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token)
        {
            throw new JsonException($"{token} was expected, {reader.TokenType} is there.");
        }
    }

    /// <summary>Goes to the next member of an object, or to its end.</summary>
    public static bool NextMember(ref Utf8JsonReader reader)
    {
        Read(ref reader);
        return reader.TokenType switch
        {
            JsonTokenType.PropertyName => true,
            JsonTokenType.EndObject => false,
            _ => throw new JsonException($"A member was expected, {reader.TokenType} is there."),
        };
    }

    /// <summary>Goes to the next element of an array, or to its end.</summary>
    public static bool NextElement(ref Utf8JsonReader reader)
    {
        Read(ref reader);
        return reader.TokenType != JsonTokenType.EndArray;
    }

    public static void Read(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw new JsonException("The answer ends too early.");
        }
    }

    /// <summary>Stands on the name of a member that means nothing to us: goes behind its value.</summary>
    public static void SkipMember(ref Utf8JsonReader reader)
    {
        Read(ref reader);
        reader.Skip();
    }

    public static string? ReadText(ref Utf8JsonReader reader)
    {
        Read(ref reader);
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => reader.GetString(),
            _ => throw new JsonException($"Text was expected, {reader.TokenType} is there."),
        };
    }

    /// <summary>Reads an integer, which the protocol writes as a number here and as text there.</summary>
    public static long? ReadInteger(ref Utf8JsonReader reader)
    {
        Read(ref reader);
        return reader.TokenType == JsonTokenType.Null ? null : IntegerOf(ref reader);
    }

    public static long IntegerOf(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number
            && !reader.ValueIsEscaped
            && Utf8Parser.TryParse(reader.ValueSpan, out long value, out var length)
            && length == reader.ValueSpan.Length)
        {
            return value;
        }

        throw new JsonException($"An integer was expected, {reader.TokenType} is there.");
    }

    /// <summary>Reads a position of the server's log, as a number or as text.</summary>
    public static ulong? ReadPosition(ref Utf8JsonReader reader)
    {
        Read(ref reader);
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.Number => reader.GetUInt64(),
            _ => ulong.TryParse(reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
                ? position
                : throw new JsonException("A position of the log was expected."),
        };
    }

    public static double ReadNumber(ref Utf8JsonReader reader)
    {
        Read(ref reader);
        return reader.TokenType == JsonTokenType.Null ? 0 : reader.GetDouble();
    }
}
