namespace TursoWorld.LibSql.Sql;

/// <summary>What a statement is for, as far as its words tell.</summary>
internal enum StatementKind
{
    /// <summary>Changes nothing.</summary>
    Read,

    /// <summary>Changes rows or the schema, or might.</summary>
    Write,

    /// <summary>Reads or changes a setting.</summary>
    Pragma,

    Begin,

    Commit,

    Rollback,

    /// <summary>Sets, releases or returns to a savepoint.</summary>
    Savepoint,
}
