using System.Text;

namespace TursoWorld.Abstractions;

/// <summary>
/// What payloads go through on their way into the database and back. Stored bytes say for themselves what was done to them:
/// each codec wraps what it gets into a frame of a magic prefix, its id, and its bytes. What has no frame is a payload as it
/// is, so payloads from before the codecs stay readable; one that happens to begin like a frame is put into a frame without
/// an id, by worlds without codecs as well.
/// </summary>
internal sealed class PayloadCodecs(IReadOnlyList<IPayloadCodec> codecs)
{
    public const int LongestId = 32;

    public static readonly PayloadCodecs None = new([]);

    private const int MostFrames = 32;
    private const string Raw = "";

    private readonly IPayloadCodec[] _codecs = [.. codecs];

    // No JSON begins with a zero. The last byte is the version of the frame.
    private static ReadOnlySpan<byte> Magic => [0, (byte)'T', (byte)'W', 1];

    /// <exception cref="PayloadCodecException">A codec failed.</exception>
    public ReadOnlyMemory<byte>? Encode(ReadOnlyMemory<byte>? payload) =>
        payload is { } bytes ? Encode(bytes) : payload;

    /// <exception cref="PayloadCodecException">A codec failed.</exception>
    public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> payload)
    {
        var current = IsFramed(payload.Span) ? Frame(Raw, payload) : payload;
        foreach (var codec in _codecs)
        {
            var encoded = Call(codec, isEncoding: true, current);
            if (!encoded.Equals(current))
            {
                current = Frame(codec.Id, encoded);
            }
        }

        return current;
    }

    /// <exception cref="PayloadCodecException">A codec or key is missing, or the bytes are damaged.</exception>
    public ReadOnlyMemory<byte>? Decode(byte[]? stored) =>
        stored is null ? (ReadOnlyMemory<byte>?)null : Decode(stored.AsMemory());

    /// <exception cref="PayloadCodecException">A codec or key is missing, or the bytes are damaged.</exception>
    public ReadOnlyMemory<byte>? Decode(ReadOnlyMemory<byte>? stored) => stored is { } bytes ? Decode(bytes) : stored;

    /// <exception cref="PayloadCodecException">A codec or key is missing, or the bytes are damaged.</exception>
    public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> stored)
    {
        var current = stored;
        for (var frames = 0; IsFramed(current.Span); frames++)
        {
            var (codecId, body) = Unframe(current);
            if (codecId == Raw)
            {
                return body;
            }

            if (frames == MostFrames)
            {
                throw PayloadCodecException.Damaged(codecId, $"it has more than {MostFrames} frames");
            }

            var codec = Array.Find(_codecs, codec => codec.Id == codecId) ?? throw PayloadCodecException.UnknownCodec(codecId);
            current = Call(codec, isEncoding: false, body);
        }

        return current;
    }

    /// <summary>A JSON object for a column of text: base64 of its frame, if there is a codec that makes one.</summary>
    public string? EncodeObject(string? json)
    {
        if (json is null || _codecs.Length == 0)
        {
            return json;
        }

        var encoded = Encode(Encoding.UTF8.GetBytes(json));
        return IsFramed(encoded.Span) ? Convert.ToBase64String(encoded.Span) : json;
    }

    /// <exception cref="PayloadCodecException">A codec or key is missing, or the text is damaged.</exception>
    public string? DecodeObject(string? stored)
    {
        if (stored is null or ['{', ..])
        {
            return stored; // base64 has no braces
        }

        try
        {
            return Encoding.UTF8.GetString(Decode(Convert.FromBase64String(stored)).GetValueOrDefault().Span);
        }
        catch (FormatException exception)
        {
            throw PayloadCodecException.Damaged(Raw, "it is neither JSON nor base64", exception);
        }
    }

    private static bool IsFramed(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    private static byte[] Frame(string codecId, ReadOnlyMemory<byte> body)
    {
        var start = Magic.Length + 1 + codecId.Length;
        var frame = new byte[start + body.Length];
        Magic.CopyTo(frame);
        frame[Magic.Length] = (byte)codecId.Length;
        Encoding.ASCII.GetBytes(codecId, frame.AsSpan(Magic.Length + 1));
        body.Span.CopyTo(frame.AsSpan(start));
        return frame;
    }

    private static (string CodecId, ReadOnlyMemory<byte> Body) Unframe(ReadOnlyMemory<byte> frame)
    {
        var span = frame.Span;
        var length = span.Length > Magic.Length ? span[Magic.Length] : byte.MaxValue;
        var start = Magic.Length + 1 + length;
        return length <= LongestId && span.Length >= start
            ? (Encoding.ASCII.GetString(span[(Magic.Length + 1)..start]), frame[start..])
            : throw PayloadCodecException.Damaged(Raw, "its frame is cut off");
    }

    private static ReadOnlyMemory<byte> Call(IPayloadCodec codec, bool isEncoding, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return isEncoding ? codec.Encode(bytes) : codec.Decode(bytes);
        }
        catch (Exception exception) when (exception is not PayloadCodecException) // codecs are code of strangers
        {
            throw PayloadCodecException.Failed(codec.Id, isEncoding, exception);
        }
    }
}
