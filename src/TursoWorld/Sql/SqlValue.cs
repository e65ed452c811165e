namespace TursoWorld.Sql;

/// <summary>A value bound to a parameter: null, an integer, text or bytes.</summary>
internal readonly struct SqlValue
{
    private SqlValue(long? integer, string? text, ReadOnlyMemory<byte>? bytes)
    {
        Integer = integer;
        Text = text;
        Bytes = bytes;
    }

    public long? Integer { get; }

    public string? Text { get; }

    public ReadOnlyMemory<byte>? Bytes { get; }

    public static implicit operator SqlValue(long value) => new(value, null, null);

    public static implicit operator SqlValue(long? value) => new(value, null, null);

    public static implicit operator SqlValue(string? value) => new(null, value, null);

    public static implicit operator SqlValue(byte[] value) => new(null, null, value);

    public static implicit operator SqlValue(ReadOnlyMemory<byte>? value) => new(null, null, value);

    public static implicit operator SqlValue(DateTimeOffset value) => new(SqlTime.ToColumn(value), null, null);

    public static implicit operator SqlValue(DateTimeOffset? value) =>
        new(value is { } instant ? SqlTime.ToColumn(instant) : null, null, null);
}
