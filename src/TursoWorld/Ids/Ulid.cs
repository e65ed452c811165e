using System.Buffers;
using System.Buffers.Binary;

namespace TursoWorld.Ids;

/// <summary>A ULID: 48 bits of Unix milliseconds and 80 random bits, as 26 characters that sort by time.</summary>
/// <remarks>Format: https://github.com/ulid/spec.</remarks>
internal static class Ulid
{
    public const int Length = 26;

    private const int TimeLength = 10;
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    public static string Format(long unixMilliseconds, UInt128 random) =>
        string.Create(Length, ((UInt128)(ulong)unixMilliseconds << 80) | random, static (text, value) =>
        {
            for (var i = Length - 1; i >= 0; i--)
            {
                text[i] = Alphabet[(int)(value & 31)];
                value >>= 5;
            }
        });

    /// <summary>Whether the text is a ULID in its canonical, upper-case form.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length == Length && text[0] <= '7' && text.IndexOfAnyExcept(Letters) < 0;

    /// <summary>When a valid ULID was made; no later than there are dates, although the format reaches beyond.</summary>
    public static DateTimeOffset TimeOf(ReadOnlySpan<char> text)
    {
        var milliseconds = 0L;
        foreach (var letter in text[..TimeLength])
        {
            milliseconds = (milliseconds << 5) | (long)Alphabet.IndexOf(letter, StringComparison.Ordinal);
        }

        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(milliseconds, Latest));
    }

    /// <summary>80 bits out of ten bytes.</summary>
    public static UInt128 ReadRandom(ReadOnlySpan<byte> tenBytes) =>
        ((UInt128)BinaryPrimitives.ReadUInt16BigEndian(tenBytes) << 64) | BinaryPrimitives.ReadUInt64BigEndian(tenBytes[2..]);
}
