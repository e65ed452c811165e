namespace TursoWorld.Sql;

/// <summary>
/// What must be written together or not at all. If the guard fails, or any statement does, nothing of the unit takes
/// effect; other units of the same commit are not touched.
/// </summary>
internal sealed record Unit
{
    public Unit(params IReadOnlyList<SqlStatement> statements) => Statements = statements;

    /// <summary>What must hold, as an insert into a guard view; null when nothing must, or the first statement asks for it.</summary>
    public SqlStatement? Guard { get; init; }

    /// <summary>Nobody waits for it: it leaves a writer that is idle to others, and shares a commit with them if they come.</summary>
    public bool CanWait { get; init; }

    public IReadOnlyList<SqlStatement> Statements { get; }
}
