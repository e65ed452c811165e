using System.Buffers.Binary;
using System.IO.Compression;

namespace TursoWorld;

/// <summary>
/// Compresses payloads with Brotli. Payloads that are short, or that it would not make at least an eighth shorter, stay as they
/// are. In front of encryption the length of what is stored tells something about the content; leave it out where strangers can
/// both put text into a payload and see its length.
/// </summary>
public sealed class CompressionCodec : IPayloadCodec
{
    private const int Header = sizeof(int);
    private const int Quality = 4;
    private const int Window = 20;
    private const int Longest = 1_000_000_000;

    private readonly int _shortest;

    /// <param name="minimumBytes">Shorter payloads stay as they are; not negative. Default 512 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumBytes"/> is negative.</exception>
    public CompressionCodec(int minimumBytes = 512)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimumBytes);
        _shortest = minimumBytes;
    }

    /// <inheritdoc />
    public string Id => "brotli";

    /// <inheritdoc />
    public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> payload)
    {
        var room = payload.Length - (payload.Length / 8);
        if (payload.Length < _shortest || room <= Header)
        {
            return payload;
        }

        var encoded = new byte[room];
        BinaryPrimitives.WriteInt32LittleEndian(encoded, payload.Length);
        return BrotliEncoder.TryCompress(payload.Span, encoded.AsSpan(Header), out var written, Quality, Window)
            ? encoded.AsMemory(0, Header + written)
            : payload;
    }

    /// <inheritdoc />
    public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> encoded)
    {
        var length = encoded.Length > Header ? BinaryPrimitives.ReadInt32LittleEndian(encoded.Span) : -1;
        if (length is >= 0 and <= Longest)
        {
            var payload = new byte[length];
            if (BrotliDecoder.TryDecompress(encoded.Span[Header..], payload, out var written) && written == length)
            {
                return payload;
            }
        }

        throw PayloadCodecException.Damaged(Id, "it cannot be decompressed");
    }
}
