using System.Data.Common;
using TursoWorld.Sql;

namespace TursoWorld;

/// <summary>
/// A database that is opened by whoever uses it first. An attempt that fails is not remembered: the next call tries again.
/// </summary>
internal sealed class LazyDatabase(string name, Func<CancellationToken, Task<ISqlDatabase>> open) : ISqlDatabase
{
    private readonly SemaphoreSlim _opening = new(1);
    private volatile ISqlDatabase? _database;
    private bool _isClosed;

    public string Name => name;

    public bool IsShared
    {
        get => _database?.IsShared ?? false;
        set
        {
            if (_database is { } database)
            {
                database.IsShared = value;
            }
        }
    }

    public async Task OpenAsync(CancellationToken cancellationToken) =>
        await GetAsync(cancellationToken).ConfigureAwait(false);

    public Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken) =>
        _database?.WriteAsync(unit, cancellationToken) ?? OpenAndWriteAsync(unit, cancellationToken);

    public async ValueTask<T> ReadAsync<T>(Func<SqlReader, Task<T>> read, CancellationToken cancellationToken)
    {
        var database = _database ?? await GetAsync(cancellationToken).ConfigureAwait(false);
        return await database.ReadAsync(read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for whoever is opening the database; nobody opens it any more.</summary>
    public async Task CloseAsync()
    {
        await _opening.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _isClosed = true;
        _opening.Release();
    }

    public async Task<UnitResult> TransactAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        var database = _database ?? await GetAsync(cancellationToken).ConfigureAwait(false);
        return await database.TransactAsync(guard, body, limit, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<long> ReadChangeCounterAsync(CancellationToken cancellationToken)
    {
        var database = _database ?? await GetAsync(cancellationToken).ConfigureAwait(false);
        return await database.ReadChangeCounterAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<long> CopyAsync(
        string path, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken)
    {
        var database = _database ?? await GetAsync(cancellationToken).ConfigureAwait(false);
        return await database.CopyAsync(path, finish, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<string>> CheckFileAsync(CancellationToken cancellationToken)
    {
        var database = _database ?? await GetAsync(cancellationToken).ConfigureAwait(false);
        return await database.CheckFileAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        if (_database is { } database)
        {
            await database.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<UnitResult> OpenAndWriteAsync(Unit unit, CancellationToken cancellationToken)
    {
        var database = await GetAsync(cancellationToken).ConfigureAwait(false);
        return await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ISqlDatabase> GetAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(World));
            return _database ??= await open(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }
}
