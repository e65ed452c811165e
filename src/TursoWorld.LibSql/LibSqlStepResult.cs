using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql;

/// <summary>What became of a step of a batch.</summary>
public sealed class LibSqlStepResult
{
    internal static readonly LibSqlStepResult Skipped = new();

    private readonly ServerError? _error;

    private IReadOnlyList<object?[]>? _rows;

    private LibSqlException? _exception;

    internal LibSqlStepResult(ResultTable table)
    {
        Table = table;
    }

    internal LibSqlStepResult(ServerError error)
    {
        _error = error;
    }

    private LibSqlStepResult()
    {
    }

    /// <summary>Whether the step was not executed because its condition did not hold.</summary>
    public bool IsSkipped => Table is null && _error is null;

    /// <summary>Whether the step was executed without an error.</summary>
    public bool Succeeded => Table is not null;

    /// <summary>Why the step failed; null when it succeeded or was skipped.</summary>
    public LibSqlException? Error => _error is { } error ? _exception ??= LibSqlErrors.FromServer(error) : null;

    /// <summary>Names of the columns; empty when the statement has none or was not executed.</summary>
    public IReadOnlyList<string> ColumnNames => Table?.Columns.Names ?? [];

    /// <summary>
    /// The rows, their values as <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, an array of
    /// <see cref="byte"/>, or null.
    /// </summary>
    public IReadOnlyList<object?[]> Rows => _rows ??= Table?.ToRows() ?? [];

    /// <summary>How many rows an INSERT, UPDATE or DELETE changed; 0 for anything else.</summary>
    public long RowsAffected => Table?.RowsAffected ?? 0;

    /// <summary>The last row id of the connection when the statement was an INSERT; else null.</summary>
    public long? LastInsertRowId => Table?.LastInsertRowId;

    internal ResultTable? Table { get; }

    internal ServerError? ServerError => _error;
}
