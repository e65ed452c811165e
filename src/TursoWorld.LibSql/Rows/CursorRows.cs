using TursoWorld.LibSql.Http;
using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Sessions;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Rows;

/// <summary>Rows that are read while they come. The first of a result is read ahead, so that it is known whether there is one.</summary>
internal sealed class CursorRows(CursorAnswer answer, IReadOnlyList<Statement> statements, CursorEnd end) : RowSource
{
    private int _begun;

    private long _affected = -1;

    private LibSqlValue[]? _first;

    private LibSqlValue[]? _row;

    private bool _hasRows;

    // No row of the current result is to come.
    private bool _isResultOver = true;

    private bool _isOver;

    public override bool HasRows => _hasRows;

    public override long RowsAffected => _affected;

    public override bool IsOnRow => _row is not null;

    public override ReadOnlySpan<LibSqlValue> Row => _row;

    public override ValueKind KindOf(int column) => (_row ?? _first) is { } row ? row[column].Kind : ValueKind.Null;

    // Rows that have not come yet may be anything, unless the table says what they are.
    public override bool IsMixed(int column) => Columns.DeclaredTypes[column] is null;

    public override async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        _row = _first ?? await NextRowAsync(cancellationToken).ConfigureAwait(false);
        _first = null;
        return _row is not null;
    }

    /// <exception cref="LibSqlException">A statement before the next result, or its own, failed.</exception>
    public override async ValueTask<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        while (await NextRowAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
        }

        (_row, _first, _hasRows, Columns) = (null, null, false, ColumnSet.None);
        while (await NextEntryAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            if (entry is { Kind: CursorEntryKind.StepBegin, Columns.Count: > 0 })
            {
                (Columns, _isResultOver) = (entry.Columns, false);
                _first = await NextRowAsync(cancellationToken).ConfigureAwait(false);
                _hasRows = _first is not null;
                return true;
            }
        }

        return false;
    }

    public override void Abandon() => answer.Abort();

    public override async ValueTask DisposeAsync()
    {
        while (end.KeepsStream && await NextEntryAsync(CancellationToken.None).ConfigureAwait(false) is not null)
        {
        }

        answer.Dispose();
        await end.CloseAsync(answer.Stream).ConfigureAwait(false);
    }

    private async Task<LibSqlValue[]?> NextRowAsync(CancellationToken cancellationToken)
    {
        if (_isResultOver)
        {
            return null;
        }

        // When reading fails the result is not over: who asks again is told so again, and not that this was all.
        if (await NextEntryAsync(cancellationToken).ConfigureAwait(false) is { Kind: CursorEntryKind.Row, Row: var row })
        {
            return row;
        }

        _isResultOver = true;
        return null;
    }

    private async Task<CursorEntry?> NextEntryAsync(CancellationToken cancellationToken)
    {
        if (_isOver)
        {
            return null;
        }

        var entry = await answer.NextAsync(cancellationToken).ConfigureAwait(false);
        switch (entry?.Kind)
        {
            case null:
                _isOver = true;
                if (_begun < statements.Count && end.Skipped() is { } skipped)
                {
                    throw skipped;
                }

                break;
            case CursorEntryKind.StepBegin:
                _begun++;
                break;
            case CursorEntryKind.StepEnd when _begun > 0 && statements[_begun - 1].Text.Kind == StatementKind.Write:
                _affected = Math.Max(_affected, 0) + entry.RowsAffected;
                break;
            case CursorEntryKind.StepError or CursorEntryKind.Error:
                throw await FailedAsync(entry.Error, cancellationToken).ConfigureAwait(false);
            default:
                break;
        }

        return entry;
    }

    // Nothing of interest follows, but a stream that is to be used again must have been read to its end.
    private async Task<LibSqlException> FailedAsync(ServerError? error, CancellationToken cancellationToken)
    {
        _isOver = true;
        while (await answer.NextAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
        }

        return end.Failed(LibSqlErrors.FromServer(error ?? new ServerError("", Code: null)));
    }
}
