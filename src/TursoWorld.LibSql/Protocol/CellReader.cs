using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Reads one value of a row.</summary>
internal static class CellReader
{
    private const int StackSize = 256;

    public static LibSqlValue Read(ref Utf8JsonReader reader)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartObject);
        ValueKind? kind = null;
        LibSqlValue? value = null;
        Utf8JsonReader waiting = default;
        var waits = false;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("type"u8))
            {
                JsonReading.Read(ref reader);
                kind = KindOf(ref reader);
            }
            else if (reader.ValueTextEquals("value"u8) || reader.ValueTextEquals("base64"u8))
            {
                JsonReading.Read(ref reader);
                if (kind is { } known)
                {
                    value = ValueOf(ref reader, known);
                }
                else
                {
                    // Members have no order; the type may come last.
                    waiting = reader;
                    waits = true;
                    reader.Skip();
                }
            }
            else
            {
                JsonReading.SkipMember(ref reader);
            }
        }

        var found = kind ?? throw new JsonException("A value without a type is there.");
        return waits ? ValueOf(ref waiting, found) : value ?? Absent(found);
    }

    private static LibSqlValue Absent(ValueKind kind) =>
        kind == ValueKind.Null ? default : throw new JsonException($"A value of type {kind} is missing.");

    private static ValueKind KindOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("integer"u8) ? ValueKind.Integer
        : reader.ValueTextEquals("text"u8) ? ValueKind.Text
        : reader.ValueTextEquals("null"u8) ? ValueKind.Null
        : reader.ValueTextEquals("blob"u8) ? ValueKind.Blob
        : reader.ValueTextEquals("float"u8) ? ValueKind.Real
        : throw new JsonException($"A value of unknown type '{reader.GetString()}' is there.");

    private static LibSqlValue ValueOf(ref Utf8JsonReader reader, ValueKind kind) => kind switch
    {
        ValueKind.Integer => JsonReading.IntegerOf(ref reader),
        ValueKind.Text => reader.GetString() ?? throw new JsonException("Text is missing."),
        ValueKind.Blob => Decode(ref reader),

        // JSON has no infinities: the server writes null for both.
        ValueKind.Real => reader.TokenType == JsonTokenType.Null ? double.PositiveInfinity : reader.GetDouble(),
        _ => default,
    };

    private static byte[] Decode(ref Utf8JsonReader reader)
    {
        JsonReading.Enter(ref reader, JsonTokenType.String);
        if (!reader.ValueIsEscaped)
        {
            return Decode(reader.ValueSpan);
        }

        var unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return Decode(unescaped.AsSpan(0, reader.CopyString(unescaped)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    // The server leaves the padding out, which the framework insists on: the last, incomplete group gets it back.
    private static byte[] Decode(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd((byte)'=');
        var rest = text.Length % 4;
        var whole = text[..^rest];
        Span<byte> last = stackalloc byte[4];
        last.Fill((byte)'=');
        text[^rest..].CopyTo(last);

        var bytes = new byte[(whole.Length / 4 * 3) + (rest == 0 ? 0 : rest - 1)];
        var isValid = Base64.DecodeFromUtf8(whole, bytes, out _, out var written) == OperationStatus.Done;
        if (rest > 0)
        {
            isValid &= Base64.DecodeFromUtf8(last, bytes.AsSpan(written), out _, out _) == OperationStatus.Done;
        }

        return isValid ? bytes : throw new JsonException("A blob is not base64.");
    }
}
