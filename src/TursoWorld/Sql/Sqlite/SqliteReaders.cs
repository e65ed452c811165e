using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace TursoWorld.Sql.Sqlite;

/// <summary>Connections for reading. SQLite reads on the calling thread; in WAL mode nobody waits for the writer.</summary>
internal sealed class SqliteReaders(SqliteConnections connections) : IDisposable
{
    private const int MostIdle = 8;

    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private volatile bool _isClosed;

    /// <summary>Reads in one transaction: everything is as it was at one moment. The write-ahead log grows until the end.</summary>
    public ValueTask<T> ReadSnapshotAsync<T>(Func<SqliteConnection, T> read)
    {
        return ReadAsync(Read, CancellationToken.None);

        Task<T> Read(SqlReader reader)
        {
            var connection = (SqliteConnection)reader.Connection; // there are no others
            Execute(connection, SqlitePragmas.BeginDeferred);
            try
            {
                Execute(connection, SqlitePragmas.LookAtSchema);
                return Task.FromResult(read(connection));
            }
            finally
            {
                Execute(connection, SqlitePragmas.Rollback);
            }
        }
    }

    /// <remarks>What a function awaits of its reader has ended already, so that the call returns with the result.</remarks>
    public async ValueTask<T> ReadAsync<T>(Func<SqlReader, Task<T>> read, CancellationToken cancellationToken)
    {
        if (_isClosed)
        {
            throw new ObjectDisposedException("World", "The world is closed. Make another one with CreateWorld.");
        }

        if (connections.Files.Failure is { } failure)
        {
            throw failure;
        }

        if (!_idle.TryTake(out var connection))
        {
            connection = connections.OpenReader();
        }

        try
        {
            var result = await read(new SqlReader(connection, cancellationToken)).ConfigureAwait(false);
            Return(connection);
            return result;
        }
        catch (SqliteException exception)
        {
            connections.Close(connection);
            throw connections.ToException(exception);
        }
        catch
        {
            connections.Close(connection);
            throw;
        }
    }

    public void Dispose()
    {
        _isClosed = true;
        CloseIdle();
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a constant of SqlitePragmas
        command.CommandText = text;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private void CloseIdle()
    {
        while (_idle.TryTake(out var connection))
        {
            connections.Close(connection);
        }
    }

    private void Return(SqliteConnection connection)
    {
        if (_idle.Count < MostIdle && !_isClosed)
        {
            _idle.Add(connection);
            if (_isClosed)
            {
                CloseIdle(); // closed in between
            }
        }
        else
        {
            connections.Close(connection);
        }
    }
}
