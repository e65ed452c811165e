namespace TursoWorld.Sql;

/// <summary>
/// Bytes of a column that may be NULL. The language would turn a null array into memory that is present and empty,
/// which is another value.
/// </summary>
internal static class SqlBytes
{
    public static ReadOnlyMemory<byte>? FromColumn(byte[]? bytes) =>
        bytes is null ? (ReadOnlyMemory<byte>?)null : new ReadOnlyMemory<byte>(bytes);
}
