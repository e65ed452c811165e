using System.Globalization;

namespace TursoWorld.LibSql.Rows;

/// <summary>Conversions between SQLite's types as SQLite itself does them when a value is asked for as another type.</summary>
internal static class SqliteNumbers
{
    private const string WhiteSpace = " \t\n\v\f\r";

    /// <summary>The number at the beginning of a text; 0 when there is none.</summary>
    public static long IntegerOf(string text)
    {
        var trimmed = text.AsSpan().TrimStart(WhiteSpace);
        var length = trimmed.Length > 0 && trimmed[0] is '-' or '+' ? 1 : 0;
        while (length < trimmed.Length && char.IsAsciiDigit(trimmed[length]))
        {
            length++;
        }

        return long.TryParse(trimmed[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : Truncate(RealOf(trimmed[..length])); // too large, or no number
    }

    /// <summary>The number at the beginning of a text; 0 when there is none.</summary>
    public static double RealOf(ReadOnlySpan<char> text)
    {
        var trimmed = text.TrimStart(WhiteSpace);
        for (var length = NumberLength(trimmed); length > 0; length--)
        {
            if (double.TryParse(trimmed[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                return value;
            }
        }

        return 0;
    }

    /// <summary>Towards zero; what is beyond the range becomes its end.</summary>
    public static long Truncate(double value) => value switch
    {
        double.NaN => 0,
        <= long.MinValue => long.MinValue,
        >= long.MaxValue => long.MaxValue,
        _ => (long)value,
    };

    private static int NumberLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] is '.' or '-' or '+' or 'e' or 'E'))
        {
            length++;
        }

        return length;
    }
}
