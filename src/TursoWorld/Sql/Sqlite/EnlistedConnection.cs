using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// The writer's connection as a transactional step sees it: commands on it are part of the transaction, and it can be
/// neither closed nor used once the step is over.
/// </summary>
/// <param name="inner">The writer's connection.</param>
/// <param name="isInTransaction">Says whether the transaction is still open: some errors end it, and a statement would then commit by itself.</param>
internal sealed class EnlistedConnection(DbConnection inner, Func<bool> isInTransaction) : DbConnection
{
    // Guards the inner connection and everything below.
    private readonly Lock _inUse = new();
    private readonly List<DbCommand> _commands = [];
    private bool _isOver;

    [AllowNull]
    public override string ConnectionString
    {
        get => "";
        set => throw new NotSupportedException("The connection of a transactional step is open already.");
    }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => ConnectionState.Open;

    /// <summary>Waits for a statement that is running, and refuses every later one.</summary>
    public void End()
    {
        lock (_inUse)
        {
            _isOver = true;

            // A reader that was left open would keep the writer at an old state of the database for ever.
            _commands.ForEach(command => command.Dispose());
        }
    }

    /// <summary>Runs a piece of work on the inner connection, unless the step is over.</summary>
    public T Use<T>(Func<T> work)
    {
        lock (_inUse)
        {
            if (_isOver)
            {
                throw new InvalidOperationException("The transactional step is over; its connection cannot be used any more.");
            }

            if (!isInTransaction())
            {
                throw new InvalidOperationException(
                    "The transaction of a transactional step is gone: an error of an earlier statement has undone it. Let the "
                    + "step fail with that error; it runs again.");
            }

            try
            {
                return work();
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_AUTH)
            {
                throw new InvalidOperationException(
                    "A transactional step may not run BEGIN, COMMIT, ROLLBACK, PRAGMA, ATTACH or DETACH, nor make temporary "
                    + "tables: its connection is the one that everybody writes with.",
                    exception);
            }
        }
    }

    /// <summary>Disposes of a command, at any time.</summary>
    public void Release(DbCommand command)
    {
        lock (_inUse)
        {
            _commands.Remove(command);
            command.Dispose();
        }
    }

    public override void ChangeDatabase(string databaseName) =>
        throw new NotSupportedException("A transactional step works on the database of its run.");

    // A step that disposes of its connection, as one does, must not close the writer's.
    public override void Close()
    {
    }

    public override void Open()
    {
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new InvalidOperationException(
        "A transactional step is a transaction already. Run the commands on its connection without another one.");

    protected override DbCommand CreateDbCommand() => Use(() =>
    {
        var command = inner.CreateCommand();
        _commands.Add(command);
        return new EnlistedCommand(this, command);
    });
}
