using System.Globalization;

namespace TursoWorld.LibSql.Rows;

/// <summary>Turns a parameter's value into one of SQLite's, in the formats of Microsoft.Data.Sqlite.</summary>
internal static class ParameterValue
{
    private const string Date = @"yyyy\-MM\-dd";

    private const string DateAndTime = @"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF";

    /// <exception cref="InvalidOperationException">SQLite has nothing for it.</exception>
    public static LibSqlValue Of(object value, string name) => value switch
    {
        DBNull => default,
        string text => text,
        long integer => integer,
        byte[] bytes => bytes,
        ReadOnlyMemory<byte> bytes => bytes,
        Memory<byte> bytes => (ReadOnlyMemory<byte>)bytes,
        ArraySegment<byte> bytes => (ReadOnlyMemory<byte>)bytes,
        double real => real,
        float real => (double)real,
        Enum member => OfEnum(member),
        IConvertible convertible => OfConvertible(convertible, name),
        Guid guid => guid.ToString().ToUpperInvariant(),
        DateTimeOffset instant => instant.ToString(DateAndTime + "zzz", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString(Date, CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString(
            time.Ticks % TimeSpan.TicksPerSecond == 0 ? "HH:mm:ss" : "HH:mm:ss.fffffff", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        _ => throw Unknown(value, name),
    };

    private static LibSqlValue OfEnum(Enum member) =>
        member.GetTypeCode() == TypeCode.UInt64
            ? unchecked((long)Convert.ToUInt64(member, CultureInfo.InvariantCulture))
            : Convert.ToInt64(member, CultureInfo.InvariantCulture);

    private static LibSqlValue OfConvertible(IConvertible value, string name) => value.GetTypeCode() switch
    {
        TypeCode.Boolean => (bool)value ? 1L : 0L,
        TypeCode.Char => ((char)value).ToString(),
        TypeCode.DateTime => ((DateTime)value).ToString(DateAndTime, CultureInfo.InvariantCulture),
        TypeCode.Decimal => ((decimal)value).ToString("0.0###########################", CultureInfo.InvariantCulture),
        TypeCode.UInt64 => unchecked((long)(ulong)value),
        TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 =>
            value.ToInt64(CultureInfo.InvariantCulture),
        _ => throw Unknown(value, name),
    };

    private static InvalidOperationException Unknown(object value, string name) => new(
        $"The value of parameter '{name}' is of type {value.GetType()}, for which SQLite has nothing. Convert it first, for example "
        + "to text or bytes.");
}
