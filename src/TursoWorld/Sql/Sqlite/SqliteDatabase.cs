using System.Data.Common;
using System.Diagnostics;
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
    private readonly WorldDiagnostics _diagnostics;
    private readonly Func<long> _readChangeCounter;

    private SqliteDatabase(
        SqliteConnections connections, WorldDiagnostics diagnostics, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        _connections = connections;
        _timeProvider = timeProvider;
        _diagnostics = diagnostics;
        _transport = new SqliteTransport(connections, diagnostics, cancellationToken);
        _readers = connections.IsMemory ? null : new SqliteReaders(connections);
        _writer = new UnitWriter(_transport, diagnostics);
        _readChangeCounter = () =>
        {
            connections.Files.InspectIfDue(_transport.Session);
            return _transport.Session.ReadInteger(SqlitePragmas.DataVersion);
        };
    }

    public string Name => _connections.Name;

    public bool IsShared
    {
        get => _transport.IsShared;
        set => _transport.IsShared = value;
    }

    /// <param name="url">A file, or memory.</param>
    /// <param name="settings">How it is used.</param>
    /// <param name="diagnostics">Where warnings go.</param>
    /// <param name="timeProvider">The clock of exclusive transactions.</param>
    /// <param name="cancellationToken">Gives up while another process keeps the file locked.</param>
    /// <exception cref="StorageException">The database cannot be opened, or must not be, with this SQLite.</exception>
    public static SqliteDatabase Open(
        DatabaseUrl url,
        SqliteSettings settings,
        WorldDiagnostics diagnostics,
        TimeProvider timeProvider,
        CancellationToken cancellationToken = default)
    {
        if (!url.IsMemory && SqliteLibrary.FindUnsafeVersion() is { } version)
        {
            if (!settings.AllowUnsafe)
            {
                throw SqliteErrors.UnsafeLibrary(url.Name, version);
            }

            diagnostics.SqliteUnsafe(url.Name, version);
        }

        return new(new SqliteConnections(url, settings), diagnostics, timeProvider, cancellationToken);
    }

    public Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken) =>
        _writer.WriteAsync(unit, cancellationToken);

    /// <remarks>A database in memory has one connection, so reads take turns with the writer.</remarks>
    public async ValueTask<T> ReadAsync<T>(Func<SqlReader, Task<T>> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_readers is not null)
        {
            ExclusiveTransaction.ThrowIfInside();
            return await _readers.ReadAsync(read, cancellationToken).ConfigureAwait(false);
        }

        return await _writer.RunAloneAsync(_ => ReadOnWriterAsync(read, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    public Task<UnitResult> TransactAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        var askedAt = Stopwatch.GetTimestamp();
        return _writer.RunAloneAsync(
            stopping => new SqliteExclusive(_transport, _timeProvider, limit, askedAt).RunAsync(guard, body, cancellationToken, stopping),
            cancellationToken);
    }

    /// <remarks>Only the writer's connection tells own commits from others. Mostly it is idle, and asking costs microseconds.</remarks>
    public ValueTask<long> ReadChangeCounterAsync(CancellationToken cancellationToken) =>
        _writer.TryRunIdle(_readChangeCounter, out var counter)
            ? ValueTask.FromResult(counter)
            : new ValueTask<long>(_writer.RunAloneAsync(_ => Task.FromResult(_readChangeCounter()), cancellationToken));

    /// <remarks>
    /// A file is copied from a reader that keeps one transaction open, so that nobody waits; the write-ahead log grows
    /// meanwhile. A database in memory has one connection, and SQLite starts a copy again whenever something is written: it is
    /// copied within memory in one go first.
    /// </remarks>
    public async Task<long> CopyAsync(string path, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken)
    {
        ExclusiveTransaction.ThrowIfInside();
        cancellationToken.ThrowIfCancellationRequested();
        SqliteCopy.ThrowIfTaken(path);
        if (path == $"{Name}-journal" || path == $"{Name}-wal" || path == $"{Name}-shm")
        {
            throw ConflictException.PartOfDatabase(path);
        }

        if (_readers is not null)
        {
            return await Task.Run(
                () => _readers.ReadSnapshotAsync(source => Write(source, path, finish, cancellationToken)).AsTask(), cancellationToken)
                .ConfigureAwait(false);
        }

        using var copy = await _writer.RunAloneAsync(
            _ => Task.FromResult(SqliteCopy.ToMemory(_transport.Session.Connection, Name)), cancellationToken)
            .ConfigureAwait(false);
        return await Task.Run(() => Write(copy, path, finish, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<string>> CheckFileAsync(CancellationToken cancellationToken)
    {
        var findings = await ReadAsync(
            reader => reader.QueryAsync<string>(SqlitePragmas.IntegrityCheck), cancellationToken).ConfigureAwait(false);
        return findings is ["ok"] ? [] : findings;
    }

    public async ValueTask DisposeAsync()
    {
        // The writer last: the last connection to close folds the write-ahead log into the file.
        _readers?.Dispose();
        await _writer.DisposeAsync().ConfigureAwait(false);
    }

    private long Write(
        SqliteConnection source, string path, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken) =>
        SqliteCopy.ToNewFile(source, path, finish, () => _diagnostics.CopyStepped(path), cancellationToken);

    private async Task<T> ReadOnWriterAsync<T>(Func<SqlReader, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            _transport.Session.Run(SqlitePragmas.QueryOnly);
            return await read(new SqlReader(_transport.Session.Connection, cancellationToken)).ConfigureAwait(false);
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
