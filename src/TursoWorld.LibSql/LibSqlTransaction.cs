using System.Data;
using System.Data.Common;
using TursoWorld.LibSql.Sessions;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql;

/// <summary>A transaction, on a connection of the server that is its own.</summary>
/// <remarks>
/// The server rolls a transaction back that holds the write lock for five seconds while others wait, or of which nothing is heard for ten.
/// The transaction is then lost: whatever is executed in it fails with <see cref="LibSqlException.IsTransactionLost"/>, and nothing of it
/// is ever written. Repeat it from its beginning.
/// </remarks>
public sealed class LibSqlTransaction : DbTransaction
{
    private readonly LibSqlConnection _connection;

    private bool _isOver;

    // A commit was tried in vain: who catches that rolls back, which has nothing to do then.
    private bool _hasFailed;

    internal LibSqlTransaction(LibSqlConnection connection, StreamTransaction stream, bool deferred)
    {
        _connection = connection;
        Stream = stream;
        IsDeferred = deferred;
    }

    /// <summary>The connection; null when the transaction has ended.</summary>
    public new LibSqlConnection? Connection => _isOver ? null : _connection;

    /// <summary>Always serializable.</summary>
    public override IsolationLevel IsolationLevel => IsolationLevel.Serializable;

    /// <summary>Whether the write lock is taken with the first write instead of at once.</summary>
    public bool IsDeferred { get; }

    /// <summary>True.</summary>
    public override bool SupportsSavepoints => true;

    internal StreamTransaction Stream { get; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => Connection;

    /// <summary>Makes everything durable.</summary>
    /// <exception cref="LibSqlException">
    /// It is not: the transaction was lost, or a constraint is violated. Or it may be: <see cref="LibSqlException.IsOutcomeUnknown"/>.
    /// The transaction has ended in any case.
    /// </exception>
    public override void Commit() => Blocking.Wait(() => CommitAsync(CancellationToken.None));

    /// <inheritdoc cref="Commit"/>
    public override async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        RequireOpen();
        _connection.Enter();
        try
        {
            await Stream.CommitAsync(Timeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _connection.Leave();
            _hasFailed = Stream.State != TransactionState.Committed;
            End();
        }
    }

    /// <summary>Undoes everything. Does nothing when the transaction is lost, or a commit has failed: there is nothing to undo.</summary>
    public override void Rollback() => Blocking.Wait(() => RollbackAsync(CancellationToken.None));

    /// <inheritdoc cref="Rollback()"/>
    public override async Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        if (_hasFailed)
        {
            return;
        }

        RequireOpen();
        await _connection.AbandonCursorAsync().ConfigureAwait(false);
        _connection.Enter();
        try
        {
            await Stream.RollbackAsync().ConfigureAwait(false);
        }
        finally
        {
            _connection.Leave();
            End();
        }
    }

    /// <summary>Sets a savepoint.</summary>
    public override void Save(string savepointName) =>
        Blocking.Wait(() => SaveAsync(savepointName, CancellationToken.None));

    /// <inheritdoc cref="Save"/>
    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        ExecuteAsync("SAVEPOINT ", savepointName, cancellationToken);

    /// <summary>Undoes what has been done since a savepoint, and keeps the savepoint.</summary>
    public override void Rollback(string savepointName) =>
        Blocking.Wait(() => RollbackAsync(savepointName, CancellationToken.None));

    /// <inheritdoc cref="Rollback(string)"/>
    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        ExecuteAsync("ROLLBACK TO SAVEPOINT ", savepointName, cancellationToken);

    /// <summary>Forgets a savepoint, and keeps what has been done since.</summary>
    public override void Release(string savepointName) =>
        Blocking.Wait(() => ReleaseAsync(savepointName, CancellationToken.None));

    /// <inheritdoc cref="Release"/>
    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        ExecuteAsync("RELEASE SAVEPOINT ", savepointName, cancellationToken);

    /// <summary>Rolls back what has not been committed.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (!_isOver)
        {
            await RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isOver)
        {
            Rollback();
        }

        base.Dispose(disposing);
    }

    private TimeSpan Timeout => _connection.DefaultTimeout == 0
        ? System.Threading.Timeout.InfiniteTimeSpan
        : TimeSpan.FromSeconds(_connection.DefaultTimeout);

    private async Task ExecuteAsync(string verb, string savepointName, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(savepointName);
        RequireOpen();
        var text = SqlText.Of($"{verb}\"{savepointName.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        var reader = await _connection.ExecuteAsync(
            [new Statement(text.Statements[0], [])], new ExecutionMode(Timeout, Streaming.Never), closes: false, cancellationToken)
            .ConfigureAwait(false);
        await reader.DisposeAsync().ConfigureAwait(false);
    }

    private void RequireOpen()
    {
        if (_isOver)
        {
            throw new InvalidOperationException("The transaction has ended; begin another one.");
        }
    }

    private void End()
    {
        _isOver = true;
        if (_connection.CurrentTransaction == this)
        {
            _connection.CurrentTransaction = null;
        }
    }
}
