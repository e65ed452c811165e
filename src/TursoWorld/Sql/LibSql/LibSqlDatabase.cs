using System.Data.Common;
using TursoWorld.Diagnostics;
using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>A database on a libSQL server.</summary>
internal sealed class LibSqlDatabase : ISqlDatabase
{
    private readonly ServerConnections _server;
    private readonly WriterLedger _ledger;
    private readonly LibSqlTransport _transport;
    private readonly ServerChanges _changes;
    private readonly UnitWriter _writer;
    private readonly ServerReadRules _readRules;
    private readonly TimeProvider _timeProvider;
    private readonly WorldDiagnostics _diagnostics;
    private volatile bool _isClosed;

    private LibSqlDatabase(DatabaseServer server, ServerSettings settings, WorldDiagnostics diagnostics)
    {
        var clock = settings.TimeProvider as ServerClock;
        _timeProvider = settings.TimeProvider;
        _diagnostics = diagnostics;
        _server = new ServerConnections(server, settings.Limits);
        _ledger = new WriterLedger(_server, settings.WriterId, clock);
        _transport = new LibSqlTransport(_server, _ledger, diagnostics);
        _changes = new ServerChanges(_server, _ledger, settings.PollInterval);
        _transport.Committed += _changes.Wake;
        _readRules = new ServerReadRules(settings.Limits.Bound);
        _writer = new UnitWriter(_transport, diagnostics);
    }

    public string Name => _server.Name;

    /// <remarks>Whether others write is in the database itself.</remarks>
    public bool IsShared
    {
        get => _changes.HasOthers;
        set
        {
        }
    }

    public static LibSqlDatabase Open(DatabaseServer server, ServerSettings settings, WorldDiagnostics diagnostics) =>
        new(server, settings, diagnostics);

    public Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken) =>
        _writer.WriteAsync(unit, cancellationToken);

    public async ValueTask<T> ReadAsync<T>(Func<SqlReader, Task<T>> read, CancellationToken cancellationToken)
    {
        ExclusiveTransaction.ThrowIfInside();
        ThrowIfClosed();
        await _ledger.MeasureClockAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _server.ReadAsync(
                async connection =>
                {
                    using var lent = new LentConnection(connection, _readRules);
                    return await read(new SqlReader(lent, cancellationToken)).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (LibSqlException exception)
        {
            throw ServerErrors.ToReadException(exception, Name);
        }
    }

    public Task<UnitResult> TransactAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        TimeSpan limit,
        CancellationToken cancellationToken) =>
        _writer.RunAloneAsync(
            stopping => new LibSqlExclusive(_server, _transport, _ledger, _timeProvider, limit)
                .RunAsync(guard, body, cancellationToken, stopping),
            cancellationToken);

    public async ValueTask<long> ReadChangeCounterAsync(CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        try
        {
            return await _changes.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (LibSqlException exception)
        {
            throw ServerErrors.ToReadException(exception, Name);
        }
    }

    public async Task<long> CopyAsync(string path, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken)
    {
        ExclusiveTransaction.ThrowIfInside();
        ThrowIfClosed();
        try
        {
            return await new ServerCopy(_server, _diagnostics).ToNewFileAsync(path, finish, cancellationToken).ConfigureAwait(false);
        }
        catch (LibSqlException exception)
        {
            throw ServerErrors.ToReadException(exception, Name);
        }
    }

    public async ValueTask<IReadOnlyList<string>> CheckFileAsync(CancellationToken cancellationToken)
    {
        var findings = await ReadAsync(reader => reader.QueryAsync<string>(ServerStatements.IntegrityCheck), cancellationToken)
            .ConfigureAwait(false);
        return findings is ["ok"] ? [] : findings;
    }

    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await _writer.DisposeAsync().ConfigureAwait(false);
    }

    private void ThrowIfClosed()
    {
        if (_isClosed)
        {
            throw new ObjectDisposedException("World", "The world is closed. Make another one with CreateWorld.");
        }
    }
}
