using System.Runtime.InteropServices;

namespace TursoWorld.Sql;

/// <summary>A value bound to a parameter. Two words, because every write carries dozens of them.</summary>
internal readonly struct SqlValue
{
    private static readonly object IntegerTag = new();

    // Text, the array that holds the bytes, or the tag of an integer; null is NULL.
    private readonly object? _reference;

    // The integer, or which part of the array: the offset in the upper half, the length in the lower.
    private readonly long _number;

    private SqlValue(object? reference, long number)
    {
        _reference = reference;
        _number = number;
    }

    public SqlValueKind Kind => _reference switch
    {
        null => SqlValueKind.Null,
        string => SqlValueKind.Text,
        byte[] => SqlValueKind.Bytes,
        _ => SqlValueKind.Integer,
    };

    public long Integer => _number;

    public string Text => (string)_reference!; // whoever asks has looked at the kind

    public ReadOnlySpan<byte> Bytes => Memory.Span;

    public ReadOnlyMemory<byte> Memory => ((byte[])_reference!).AsMemory((int)(_number >> 32), (int)_number); // ditto

    public static implicit operator SqlValue(long value) => new(IntegerTag, value);

    public static implicit operator SqlValue(bool value) => value ? 1L : 0L;

    public static implicit operator SqlValue(long? value) => value is { } integer ? integer : default(SqlValue);

    public static implicit operator SqlValue(string? value) => new(value, 0);

    public static implicit operator SqlValue(byte[] value) => new(value, value.Length);

    public static implicit operator SqlValue(ReadOnlyMemory<byte>? value)
    {
        if (value is not { } bytes)
        {
            return default;
        }

        return MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array is { } array
            ? new SqlValue(array, ((long)segment.Offset << 32) | (uint)segment.Count)
            : bytes.ToArray();
    }

    public static implicit operator SqlValue(DateTimeOffset value) => SqlTime.ToColumn(value);

    public static implicit operator SqlValue(DateTimeOffset? value) =>
        value is { } instant ? SqlTime.ToColumn(instant) : default(SqlValue);
}

/// <summary>What a <see cref="SqlValue"/> holds.</summary>
internal enum SqlValueKind
{
    Null,
    Integer,
    Text,
    Bytes,
}
