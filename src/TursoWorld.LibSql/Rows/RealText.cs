using System.Globalization;
using System.Numerics;

namespace TursoWorld.LibSql.Rows;

/// <summary>
/// A real number as SQLite 3.53 writes it: with 17 digits, or without the zeros or nines at their end if the rest reads back as the same.
/// </summary>
/// <remarks>
/// No format of .NET gives the same digits: SQLite computes 18 with the first 64 bits of a power of ten, which leaves the last one
/// uncertain, and rounds them to 17.
/// </remarks>
internal static class RealText
{
    private const int FirstPower = -290;

    // The first 64 bits of every power of ten that brings a double to 18 digits before the point.
    private static readonly ulong[] Powers = [.. Enumerable.Range(FirstPower, 632).Select(LeadingBits)];

    public static string Of(double value)
    {
        if (value is 0 or double.PositiveInfinity or double.NegativeInfinity)
        {
            return value == 0 ? "0.0" : value > 0 ? "Inf" : "-Inf";
        }

        var (digits, exponent) = Decimal(Math.Abs(value));
        var isPlain = exponent is >= -4 and <= 16;
        var number = new decimal((int)digits, (int)(digits >> 32), 0, value < 0, (byte)(isPlain ? 16 - exponent : 16));
        var text = number.ToString("0.0###################", CultureInfo.InvariantCulture);
        return isPlain ? text : string.Create(CultureInfo.InvariantCulture, $"{text}e{exponent:+00;-00}");
    }

    /// <summary>17 digits of a positive number, and the exponent of the first one.</summary>
    private static (ulong Digits, int Exponent) Decimal(double value)
    {
        var binary = Math.ILogB(value);
        var power = 17 - ((binary * 78_913) >> 18); // times log10(2)
        var bits = Math.BigMul((ulong)Math.ScaleB(value, 63 - binary), Powers[power - FirstPower], out _);
        var digits = ((bits >> (61 - binary - ((power * 108_853) >> 15))) + 1) >> 1; // times log2(10)
        var exponent = 17 - power;
        if (digits >= 1_000_000_000_000_000_000)
        {
            (digits, exponent) = (digits / 10, exponent + 1);
        }

        // Fourteen at most, if nines or zeros follow them. An integer of 18 digits or more is tried whatever follows.
        var fewer = digits / 100 % 100 == 99 ? (digits / 10_000) + 1
            : power <= 0 || digits / 100 % 1_000 == 0 ? digits / 100_000 * 10
            : 0;
        digits = fewer > 0 && Parse(fewer, exponent - 13) == value ? fewer * 1_000 : (digits + 5) / 10;
        return digits < 100_000_000_000_000_000 ? (digits, exponent) : (digits / 10, exponent + 1);
    }

    private static double Parse(ulong digits, int exponent) =>
        double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digits}e{exponent}"), CultureInfo.InvariantCulture);

    private static ulong LeadingBits(int power)
    {
        var scaled = power < 0 ? (BigInteger.One << 1_100) / BigInteger.Pow(10, -power) : BigInteger.Pow(10, power) << 64;
        return (ulong)(scaled >> (int)(scaled.GetBitLength() - 64));
    }
}
