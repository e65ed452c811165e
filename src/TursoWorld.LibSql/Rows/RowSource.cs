using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Rows;

/// <summary>Rows of one result after the other. Results without columns are passed over.</summary>
internal abstract class RowSource : IAsyncDisposable
{
    /// <summary>Of the current result; none when there is no more result.</summary>
    public ColumnSet Columns { get; protected set; } = ColumnSet.None;

    /// <summary>Whether the current result has a row.</summary>
    public abstract bool HasRows { get; }

    /// <summary>Changed rows of what has been executed; -1 when nothing can have changed any.</summary>
    public abstract long RowsAffected { get; }

    /// <summary>Whether a row is current.</summary>
    public abstract bool IsOnRow { get; }

    public abstract ReadOnlySpan<LibSqlValue> Row { get; }

    /// <summary>The kind of the first value of a column that is not NULL, in as many rows as are there.</summary>
    public abstract ValueKind KindOf(int column);

    /// <summary>Whether a column may have values of several kinds, as SQLite allows.</summary>
    public abstract bool IsMixed(int column);

    /// <summary>Goes to the next row if that takes no waiting.</summary>
    public virtual bool TryRead(out bool isOnRow)
    {
        isOnRow = false;
        return false;
    }

    public abstract ValueTask<bool> ReadAsync(CancellationToken cancellationToken);

    public abstract ValueTask<bool> NextResultAsync(CancellationToken cancellationToken);

    /// <summary>What has not come yet is not wanted.</summary>
    public virtual void Abandon()
    {
    }

    public abstract ValueTask DisposeAsync();
}
