using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace TursoWorld.Sql.Sqlite;

/// <summary>Connections for reading. SQLite reads on the calling thread; in WAL mode nobody waits for the writer.</summary>
internal sealed class SqliteReaders(SqliteConnections connections) : IDisposable
{
    private const int MostIdle = 8;

    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private volatile bool _isClosed;

    public T Read<T>(Func<DbConnection, T> read)
    {
        if (_isClosed)
        {
            throw new ObjectDisposedException("World", "The world is closed. Make another one with CreateWorld.");
        }

        if (!_idle.TryTake(out var connection))
        {
            connection = connections.OpenReader();
        }

        try
        {
            var result = read(connection);
            Return(connection);
            return result;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw connections.ToException(exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _isClosed = true;
        CloseIdle();
    }

    private void CloseIdle()
    {
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
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
            connection.Dispose();
        }
    }
}
