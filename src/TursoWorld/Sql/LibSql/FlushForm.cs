namespace TursoWorld.Sql.LibSql;

/// <summary>How units share a transaction. Each form costs more than the one before, and is for what that one cannot do.</summary>
internal enum FlushForm
{
    /// <summary>All of them, or none: what nearly always happens.</summary>
    Whole,

    /// <summary>Those that their guards or first statements refuse have written nothing; they are noted, and the others committed.</summary>
    Noted,

    /// <summary>Some fail after they have written something, and are undone.</summary>
    Savepoints,
}
