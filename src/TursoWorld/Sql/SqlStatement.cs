namespace TursoWorld.Sql;

/// <summary>A statement as data. The text is a constant of an <c>XxxSql</c> class; it is prepared once per connection.</summary>
internal readonly struct SqlStatement(string text, params (string Name, SqlValue Value)[] arguments)
{
    public string Text { get; } = text;

    /// <summary>Named as in the text, without the <c>@</c>. A parameter that is not listed is null.</summary>
    public ReadOnlySpan<(string Name, SqlValue Value)> Arguments => arguments;

    /// <summary>
    /// Inserts exactly one row, and returns its integer key as if by <c>RETURNING</c>, for which SQLite would build a table.
    /// </summary>
    public bool ReturnsRowId { get; init; }
}
