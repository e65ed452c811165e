using System.Data.Common;
using Microsoft.Data.Sqlite;
using TursoWorld.Diagnostics;

namespace TursoWorld.Sql.Sqlite;

/// <summary>A database in a file or in memory.</summary>
internal sealed class SqliteDatabase : ISqlDatabase
{
    private readonly SqliteConnections _connections;
    private readonly SqliteTransport _transport;
    private readonly SqliteReaders? _readers;
    private readonly UnitWriter _writer;
    private readonly TimeProvider _timeProvider;

    private SqliteDatabase(SqliteConnections connections, WorldDiagnostics diagnostics, TimeProvider timeProvider)
    {
        _connections = connections;
        _timeProvider = timeProvider;
        _transport = new SqliteTransport(connections, diagnostics);
        _readers = connections.IsMemory ? null : new SqliteReaders(connections);
        _writer = new UnitWriter(_transport, diagnostics);
    }

    public string Name => _connections.Name;

    public bool IsShared
    {
        get => _transport.IsShared;
        set => _transport.IsShared = value;
    }

    public static SqliteDatabase Open(
        DatabaseUrl url, Durability durability, WorldDiagnostics diagnostics, TimeProvider timeProvider) =>
        new(new SqliteConnections(url, durability), diagnostics, timeProvider);

    public Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken) =>
        _writer.WriteAsync(unit, cancellationToken);

    /// <remarks>A database in memory has one connection, so reads take turns with the writer.</remarks>
    public async ValueTask<T> ReadAsync<T>(Func<DbConnection, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_readers is not null)
        {
            ExclusiveTransaction.ThrowIfInside();
            return _readers.Read(read);
        }

        return await _writer.RunAloneAsync(_ => Task.FromResult(ReadOnWriter(read)), cancellationToken)
            .ConfigureAwait(false);
    }

    public Task<UnitResult> TransactAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        TimeSpan limit,
        CancellationToken cancellationToken) =>
        _writer.RunAloneAsync(
            stopping => new SqliteExclusive(_transport, _timeProvider, limit).RunAsync(guard, body, cancellationToken, stopping),
            cancellationToken);

    public Task<long> ReadChangeCounterAsync(CancellationToken cancellationToken) =>
        _writer.RunAloneAsync(
            _ =>
            {
                List<SqlRow>? rows = null;
                _transport.Session.Run(new SqlStatement(SqlitePragmas.DataVersion), ref rows);
                return Task.FromResult(rows is null ? 0 : rows[0].Integer(0));
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // The writer last: the last connection to close folds the write-ahead log into the file.
        _readers?.Dispose();
        await _writer.DisposeAsync().ConfigureAwait(false);
    }

    private T ReadOnWriter<T>(Func<DbConnection, T> read)
    {
        try
        {
            _transport.Session.Run(SqlitePragmas.QueryOnly);
            return read(_transport.Session.Connection);
        }
        catch (SqliteException exception)
        {
            throw _connections.ToException(exception);
        }
        finally
        {
            _transport.Session.Run(SqlitePragmas.QueryAndWrite);
        }
    }
}
