using System.Globalization;
using System.Text;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Rows;

/// <summary>Turns a value into what the caller asks for, by the rules of Microsoft.Data.Sqlite.</summary>
internal static class CellConverter
{
    public static long ToInt64(in LibSqlValue value) => value.Kind switch
    {
        ValueKind.Integer => value.Integer,
        ValueKind.Real => SqliteNumbers.Truncate(value.Real),
        _ => SqliteNumbers.IntegerOf(ToText(value)),
    };

    public static double ToDouble(in LibSqlValue value) => value.Kind switch
    {
        ValueKind.Integer => value.Integer,
        ValueKind.Real => value.Real,
        _ => SqliteNumbers.RealOf(ToText(value)),
    };

    public static string ToText(in LibSqlValue value) => value.Kind switch
    {
        ValueKind.Integer => value.Integer.ToString(CultureInfo.InvariantCulture),
        ValueKind.Real => RealText.Of(value.Real),
        ValueKind.Blob => Encoding.UTF8.GetString(value.Blob.Span),
        _ => value.Text,
    };

    public static byte[] ToBytes(in LibSqlValue value) =>
        value.Kind == ValueKind.Blob ? value.ToArray() : Encoding.UTF8.GetBytes(ToText(value));

    public static char ToChar(in LibSqlValue value) =>
        value.Kind == ValueKind.Text && value.Text is [var only] ? only : checked((char)ToInt64(value));

    public static decimal ToDecimal(in LibSqlValue value) => decimal.Parse(
        ToText(value), NumberStyles.Number | NumberStyles.AllowExponent, CultureInfo.InvariantCulture);

    public static DateTime ToDateTime(in LibSqlValue value) => IsNumber(value)
        ? JulianDay.ToDateTime(ToDouble(value))
        : DateTime.Parse(ToText(value), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

    public static DateTimeOffset ToDateTimeOffset(in LibSqlValue value) => IsNumber(value)
        ? new DateTimeOffset(JulianDay.ToDateTime(ToDouble(value)), TimeSpan.Zero)
        : DateTimeOffset.Parse(ToText(value), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static DateOnly ToDateOnly(in LibSqlValue value) => IsNumber(value)
        ? DateOnly.FromDateTime(JulianDay.ToDateTime(ToDouble(value)))
        : DateOnly.Parse(ToText(value), CultureInfo.InvariantCulture);

    public static TimeOnly ToTimeOnly(in LibSqlValue value) =>
        TimeOnly.Parse(ToText(value), CultureInfo.InvariantCulture);

    public static TimeSpan ToTimeSpan(in LibSqlValue value) => IsNumber(value)
        ? TimeSpan.FromDays(ToDouble(value))
        : TimeSpan.Parse(ToText(value), CultureInfo.InvariantCulture);

    public static Guid ToGuid(in LibSqlValue value) =>
        value is { Kind: ValueKind.Blob, Blob.Length: 16 } ? new Guid(value.Blob.Span) : new Guid(ToText(value));

    /// <summary>As a type that is only known at run time. The value is not NULL.</summary>
    public static object To(in LibSqlValue value, Type type)
    {
        var target = Nullable.GetUnderlyingType(type) ?? type;
        if (target.IsEnum)
        {
            return Enum.ToObject(target, To(value, Enum.GetUnderlyingType(target)));
        }

        return Type.GetTypeCode(target) switch
        {
            TypeCode.Boolean => ToInt64(value) != 0,
            TypeCode.Byte => checked((byte)ToInt64(value)),
            TypeCode.SByte => checked((sbyte)ToInt64(value)),
            TypeCode.Int16 => checked((short)ToInt64(value)),
            TypeCode.UInt16 => checked((ushort)ToInt64(value)),
            TypeCode.Int32 => checked((int)ToInt64(value)),
            TypeCode.UInt32 => checked((uint)ToInt64(value)),
            TypeCode.Int64 => ToInt64(value),
            TypeCode.UInt64 => unchecked((ulong)ToInt64(value)),
            TypeCode.Single => (float)ToDouble(value),
            TypeCode.Double => ToDouble(value),
            TypeCode.Decimal => ToDecimal(value),
            TypeCode.Char => ToChar(value),
            TypeCode.String => ToText(value),
            TypeCode.DateTime => ToDateTime(value),
            _ => ToObject(value, target),
        };
    }

    private static object ToObject(in LibSqlValue value, Type target) =>
        target == typeof(byte[]) ? ToBytes(value)
        : target == typeof(Guid) ? ToGuid(value)
        : target == typeof(DateTimeOffset) ? ToDateTimeOffset(value)
        : target == typeof(DateOnly) ? ToDateOnly(value)
        : target == typeof(TimeOnly) ? ToTimeOnly(value)
        : target == typeof(TimeSpan) ? ToTimeSpan(value)
        : target == typeof(Stream) ? new MemoryStream(ToBytes(value), writable: false)
        : target == typeof(TextReader) ? new StringReader(ToText(value))
        : target == typeof(ReadOnlyMemory<byte>) ? new ReadOnlyMemory<byte>(ToBytes(value))
        : value.ToObject()!;   // not NULL, says the contract

    private static bool IsNumber(in LibSqlValue value) => value.Kind is ValueKind.Integer or ValueKind.Real;
}
