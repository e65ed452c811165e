namespace TursoWorld.LibSql.Protocol;

/// <summary>The columns of a result.</summary>
/// <param name="Names">As the statement calls them; duplicates occur.</param>
/// <param name="DeclaredTypes">Null for what does not come straight from a table.</param>
internal sealed record ColumnSet(string[] Names, string?[] DeclaredTypes)
{
    public static readonly ColumnSet None = new([], []);

    public int Count => Names.Length;
}
