namespace TursoWorld.LibSql.Protocol;

/// <summary>The five types of SQLite.</summary>
internal enum ValueKind : byte
{
    Null = 0,
    Integer = 1,
    Real = 2,
    Text = 3,
    Blob = 4,
}
