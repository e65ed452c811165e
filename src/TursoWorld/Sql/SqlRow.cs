namespace TursoWorld.Sql;

/// <summary>A row that a statement of a unit returned. Values are <see cref="long"/>, <see cref="string"/>, <c>byte[]</c> or null.</summary>
internal readonly struct SqlRow(object?[] values)
{
    public long Integer(int column) => (long)values[column]!; // a NOT NULL column of integer type

    public long? IntegerOrNull(int column) => (long?)values[column];

    public string Text(int column) => (string)values[column]!; // a NOT NULL column of text type

    public string? TextOrNull(int column) => (string?)values[column];

    public byte[]? BytesOrNull(int column) => (byte[]?)values[column];

    public byte[] Bytes(int column) => (byte[])values[column]!; // a NOT NULL column of blob type
}
