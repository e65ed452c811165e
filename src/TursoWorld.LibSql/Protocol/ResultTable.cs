namespace TursoWorld.LibSql.Protocol;

/// <summary>The answer to one statement.</summary>
internal sealed class ResultTable
{
    public ColumnSet Columns { get; set; } = ColumnSet.None;

    /// <summary>The values of all rows, one row after the other.</summary>
    public LibSqlValue[] Cells { get; set; } = [];

    public int RowCount { get; set; }

    public long RowsAffected { get; set; }

    public long? LastInsertRowId { get; set; }

    public long RowsRead { get; set; }

    public long RowsWritten { get; set; }

    public double DurationMs { get; set; }

    public ReadOnlySpan<LibSqlValue> Row(int index) => Cells.AsSpan(index * Columns.Count, Columns.Count);

    public object?[][] ToRows()
    {
        var rows = new object?[RowCount][];
        for (var index = 0; index < rows.Length; index++)
        {
            var cells = Row(index);
            var row = rows[index] = new object?[cells.Length];
            for (var column = 0; column < row.Length; column++)
            {
                row[column] = cells[column].ToObject();
            }
        }

        return rows;
    }
}
