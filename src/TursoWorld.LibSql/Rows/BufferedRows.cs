using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Sessions;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Rows;

/// <summary>Rows that are all there.</summary>
internal sealed class BufferedRows(IReadOnlyList<LibSqlStepResult> results, IReadOnlyList<Statement> statements) : RowSource
{
    private int _result = -1;

    private int _row = -1;

    private ResultTable? _table;

    private long _affected = -1;

    public override bool HasRows => _table is { RowCount: > 0 };

    public override long RowsAffected => _affected;

    public override bool IsOnRow => _table is not null && _row >= 0 && _row < _table.RowCount;

    public override ReadOnlySpan<LibSqlValue> Row => _table!.Row(_row);   // only called on a row

    public override ValueKind KindOf(int column)
    {
        for (var row = 0; row < _table?.RowCount; row++)
        {
            if (_table.Row(row)[column].Kind is var kind and not ValueKind.Null)
            {
                return kind;
            }
        }

        return ValueKind.Null;
    }

    public override bool IsMixed(int column)
    {
        var first = KindOf(column);
        for (var row = 0; row < _table?.RowCount; row++)
        {
            if (_table.Row(row)[column].Kind is var kind and not ValueKind.Null && kind != first)
            {
                return true;
            }
        }

        return false;
    }

    public override bool TryRead(out bool isOnRow)
    {
        if (_table is not null && _row < _table.RowCount)
        {
            _row++;
        }

        isOnRow = IsOnRow;
        return true;
    }

    public override ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        TryRead(out var isOnRow);
        return ValueTask.FromResult(isOnRow);
    }

    /// <exception cref="LibSqlException">A statement before the next result, or its own, failed.</exception>
    public override ValueTask<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        (_table, _row, Columns) = (null, -1, ColumnSet.None);
        while (++_result < results.Count)
        {
            var result = results[_result];
            if (result.Error is { } error)
            {
                _result = results.Count;
                throw error;
            }

            if (result.Table is { } table)
            {
                Count(table, statements[_result].Text);
                if (table.Columns.Count > 0)
                {
                    (_table, Columns) = (table, table.Columns);
                    return ValueTask.FromResult(true);
                }
            }
        }

        return ValueTask.FromResult(false);
    }

    /// <summary>How many rows a statement changed; null when it only reads.</summary>
    public long? AffectedBy(int statement) =>
        statements[statement].Text.Kind == StatementKind.Write ? results[statement].RowsAffected : null;

    /// <summary>Which statement failed, and why; null when none did.</summary>
    public (int Statement, LibSqlException Error)? FirstFailure()
    {
        for (var index = 0; index < results.Count; index++)
        {
            if (results[index].Error is { } error)
            {
                return (index, error);
            }
        }

        return null;
    }

    /// <exception cref="LibSqlException">A statement failed that the caller has not come to.</exception>
    public override async ValueTask DisposeAsync()
    {
        while (await NextResultAsync(CancellationToken.None).ConfigureAwait(false))
        {
        }
    }

    private void Count(ResultTable table, SqlStatementText statement)
    {
        if (statement.Kind == StatementKind.Write)
        {
            _affected = Math.Max(_affected, 0) + table.RowsAffected;
        }
    }
}
