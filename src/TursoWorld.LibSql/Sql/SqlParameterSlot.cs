namespace TursoWorld.LibSql.Sql;

/// <summary>A parameter of a statement.</summary>
/// <param name="Name">With its prefix, as the server knows it; null when it is only known by its position.</param>
/// <param name="Position">Which <c>?</c> it is in the text as it was written, from 1; 0 for a named one.</param>
internal readonly record struct SqlParameterSlot(string? Name, int Position)
{
    /// <summary>What a message calls it.</summary>
    public string Label => Position > 0 ? $"?{Position}" : Name!;

    public static ReadOnlySpan<char> WithoutPrefix(ReadOnlySpan<char> name) =>
        name.Length > 0 && name[0] is '@' or ':' or '$' or '?' ? name[1..] : name;
}
