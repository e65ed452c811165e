namespace TursoWorld.LibSql.Sql;

/// <summary>As much of SQL's grammar as finding statements and parameters takes.</summary>
internal enum SqlTokenKind
{
    End,
    Word,
    Parameter,
    Literal,
    Semicolon,
    Open,
    Close,
    Other,
}
