using System.Runtime.InteropServices;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql;

/// <summary>A value as SQLite knows it: NULL, an integer, a real number, text or bytes. The default is NULL.</summary>
public readonly struct LibSqlValue
{
    private readonly object? _reference;

    // The integer, the bits of the real number, or where the bytes lie in their array: offset and length.
    private readonly long _bits;

    private LibSqlValue(ValueKind kind, long bits, object? reference)
    {
        Kind = kind;
        _bits = bits;
        _reference = reference;
    }

    internal ValueKind Kind { get; }

    internal long Integer => _bits;

    internal double Real => BitConverter.Int64BitsToDouble(_bits);

    internal string Text => (string)_reference!;

    internal ReadOnlyMemory<byte> Blob =>
        ((byte[])_reference!).AsMemory((int)(_bits >>> 32), (int)(_bits & uint.MaxValue));

    /// <summary>An integer.</summary>
    public static implicit operator LibSqlValue(long value) => FromInt64(value);

    /// <summary>A real number. NaN and the infinities are refused when the value is sent.</summary>
    public static implicit operator LibSqlValue(double value) => FromDouble(value);

    /// <summary>Text; null is NULL.</summary>
    public static implicit operator LibSqlValue(string? value) => FromString(value);

    /// <summary>Bytes, not copied; null is NULL, an empty array is a blob without bytes.</summary>
    public static implicit operator LibSqlValue(byte[]? value) => FromByteArray(value);

    /// <summary>Bytes, not copied when they lie in an array.</summary>
    public static implicit operator LibSqlValue(ReadOnlyMemory<byte> value) => FromReadOnlyMemory(value);

    /// <summary>An integer.</summary>
    public static LibSqlValue FromInt64(long value) => new(ValueKind.Integer, value, reference: null);

    /// <summary>A real number. NaN and the infinities are refused when the value is sent.</summary>
    public static LibSqlValue FromDouble(double value) =>
        new(ValueKind.Real, BitConverter.DoubleToInt64Bits(value), reference: null);

    /// <summary>Text; null is NULL.</summary>
    public static LibSqlValue FromString(string? value) => value is null ? default : new(ValueKind.Text, 0, value);

    /// <summary>Bytes, not copied; null is NULL, an empty array is a blob without bytes.</summary>
    public static LibSqlValue FromByteArray(byte[]? value) =>
        value is null ? default : new(ValueKind.Blob, value.Length, value);

    /// <summary>Bytes, not copied when they lie in an array.</summary>
    public static LibSqlValue FromReadOnlyMemory(ReadOnlyMemory<byte> value)
    {
        if (!MemoryMarshal.TryGetArray(value, out var segment) || segment.Array is null)
        {
            return FromByteArray(value.ToArray());
        }

        return new(ValueKind.Blob, ((long)segment.Offset << 32) | (uint)segment.Count, segment.Array);
    }

    /// <summary>The value as ADO.NET hands it out; null for NULL.</summary>
    internal object? ToObject() => Kind switch
    {
        ValueKind.Integer => Integer,
        ValueKind.Real => Real,
        ValueKind.Text => Text,
        ValueKind.Blob => ToArray(),
        _ => null,
    };

    internal byte[] ToArray()
    {
        var bytes = (byte[])_reference!;
        return bytes.Length == (int)(_bits & uint.MaxValue) ? bytes : Blob.ToArray();
    }
}
