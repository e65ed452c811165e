using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// What a transactional step may do on the writer's connection: its commands are part of the transaction, one at a time, and none is
/// executed once the step is over.
/// </summary>
/// <param name="isInTransaction">Says whether the transaction is still open: some errors end it, and a statement would then commit by itself.</param>
internal sealed class SqliteStepRules(Func<bool> isInTransaction) : ICommandRules
{
    // Guards the connection and everything below.
    private readonly Lock _inUse = new();
    private readonly List<DbCommand> _commands = [];
    private bool _isOver;

    public DbCommand Create(DbConnection connection)
    {
        lock (_inUse)
        {
            ThrowIfOver();
            var command = connection.CreateCommand();
            _commands.Add(command);
            return command;
        }
    }

    public T Run<T>(DbCommand command, Func<T> execute)
    {
        lock (_inUse)
        {
            ThrowIfOver();
            try
            {
                return execute();
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_AUTH)
            {
                throw NotAllowed(exception);
            }
        }
    }

    /// <remarks>What SQLite does is done when the call returns, however it was called.</remarks>
    public async Task<T> RunAsync<T>(DbCommand command, Func<Task<T>> execute, CancellationToken cancellationToken)
    {
        Task<T> executed;
        lock (_inUse)
        {
            ThrowIfOver();
            executed = execute();
        }

        try
        {
            return await executed.ConfigureAwait(false);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_AUTH)
        {
            throw NotAllowed(exception);
        }
    }

    /// <remarks>The end of the step waits for a running statement, and one that runs too long is interrupted.</remarks>
    public void Cancel(DbCommand command)
    {
    }

    public void Release(DbCommand command)
    {
        lock (_inUse)
        {
            _commands.Remove(command);
            command.Dispose();
        }
    }

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

    private void ThrowIfOver()
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
    }

    private static InvalidOperationException NotAllowed(SqliteException exception) => new(
        "A transactional step may not run BEGIN, COMMIT, ROLLBACK, ATTACH or DETACH, nor a PRAGMA that sets something, "
        + "nor make temporary tables: its connection is the one that everybody writes with.",
        exception);
}
