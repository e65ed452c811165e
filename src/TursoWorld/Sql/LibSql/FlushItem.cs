namespace TursoWorld.Sql.LibSql;

/// <summary>A unit of a flush, and what becomes of it.</summary>
internal sealed class FlushItem(Unit unit)
{
    private static readonly IReadOnlyList<SqlRow> NoRows = [];

    public Unit Unit { get; } = unit;

    /// <summary>Null until the unit has an answer.</summary>
    public UnitResult? Result { get; set; }

    public int StatementCount => Unit.Statements.Count + (Unit.Guard is null ? 0 : 1);

    /// <summary>Whether the caller gets rows: they were in the answer, and nowhere else.</summary>
    public bool ReturnsRows => Unit.Statements.Any(static statement =>
        statement.ReturnsRowId || statement.Text.Contains("RETURNING", StringComparison.Ordinal));

    /// <summary>The answer of a unit that returns no rows.</summary>
    public UnitResult CommittedWithoutRows() => UnitResult.Committed([.. Enumerable.Repeat(NoRows, Unit.Statements.Count)]);

    /// <summary>Guard and statements, in order.</summary>
    public IEnumerable<SqlStatement> Statements()
    {
        if (Unit.Guard is { } guard)
        {
            yield return guard;
        }

        foreach (var statement in Unit.Statements)
        {
            yield return statement;
        }
    }
}
