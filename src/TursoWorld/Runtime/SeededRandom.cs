using System.Buffers.Binary;
using System.Numerics;

namespace TursoWorld.Runtime;

/// <summary>
/// Random numbers of one run: the same sequence whenever its code is replayed, by whatever version of .NET. The generator
/// is xoshiro256** (https://prng.di.unimi.it/), written out because that of <see cref="Random"/> may change.
/// </summary>
internal sealed class SeededRandom : Random
{
    private const double DoubleUnit = 1.0 / (1UL << 53);
    private const float SingleUnit = 1.0f / (1 << 24);

    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <param name="seed">32 bytes, not all of them zero.</param>
    public SeededRandom(ReadOnlySpan<byte> seed)
    {
        _s0 = BinaryPrimitives.ReadUInt64LittleEndian(seed);
        _s1 = BinaryPrimitives.ReadUInt64LittleEndian(seed[8..]);
        _s2 = BinaryPrimitives.ReadUInt64LittleEndian(seed[16..]);
        _s3 = BinaryPrimitives.ReadUInt64LittleEndian(seed[24..]);
    }

    public override int Next() => Next(int.MaxValue);

    public override int Next(int maxValue) => Next(0, maxValue);

    public override int Next(int minValue, int maxValue) => (int)NextInt64(minValue, maxValue);

    public override long NextInt64() => NextInt64(long.MaxValue);

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        var range = (ulong)maxValue - (ulong)minValue;
        return minValue + (long)(range <= 1 ? 0 : Below(range));
    }

    public override double NextDouble() => (NextBits() >> 11) * DoubleUnit;

    public override float NextSingle() => (NextBits() >> 40) * SingleUnit;

    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    public override void NextBytes(Span<byte> buffer)
    {
        Span<byte> bits = stackalloc byte[sizeof(ulong)];
        while (buffer.Length > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bits, NextBits());
            var count = Math.Min(buffer.Length, bits.Length);
            bits[..count].CopyTo(buffer);
            buffer = buffer[count..];
        }
    }

    protected override double Sample() => NextDouble();

    /// <summary>Every number below a limit is as likely: those that do not divide evenly are drawn again.</summary>
    private ulong Below(ulong limit)
    {
        var mask = BitOperations.RoundUpToPowerOf2(limit) - 1; // all ones when the limit is above 2^63
        ulong drawn;
        do
        {
            drawn = NextBits() & mask;
        }
        while (drawn >= limit);

        return drawn;
    }

    private ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }
}
