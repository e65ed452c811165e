using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TursoWorld.Ids;

namespace TursoWorld.Runtime;

/// <summary>What looks random to the code of a run and derives from the seed of the run: unpredictable outside, the same in every replay.</summary>
/// <param name="seed">16 bytes from a cryptographic source.</param>
internal sealed class SeededValues(ReadOnlyMemory<byte> seed)
{
    private long _guids;

    public Random Random => field ??= new SeededRandom(Derive("random"u8));

    /// <summary>A GUID of version 4.</summary>
    public Guid NewGuid()
    {
        Span<byte> purpose = [.. "guid"u8, .. stackalloc byte[sizeof(long)]];
        BinaryPrimitives.WriteInt64BigEndian(purpose[^sizeof(long)..], ++_guids);
        Span<byte> bytes = Derive(purpose).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The id of a run that this run begins: nobody outside can take it first.</summary>
    /// <param name="at">When the code asks for it, as it sees the time.</param>
    /// <param name="purpose">What the run is to this one; never used twice.</param>
    public string RunId(DateTimeOffset at, string purpose) =>
        IdGenerator.RunIdOf(at, Derive(Encoding.UTF8.GetBytes($"run {purpose}")).AsSpan(0, 10));

    private byte[] Derive(ReadOnlySpan<byte> purpose) => HMACSHA256.HashData(seed.Span, purpose);
}
