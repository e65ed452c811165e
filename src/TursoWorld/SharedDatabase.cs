using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Ids;
using TursoWorld.Queue;
using TursoWorld.Schema;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Streaming;
using TursoWorld.Turns;

namespace TursoWorld;

/// <summary>
/// What all worlds of a process that use one database share: its connections and writer, its entry among the workers, and
/// the signals.
/// </summary>
internal sealed class SharedDatabase : IAsyncDisposable
{
    private readonly WorldSettings _settings;
    private readonly LazyDatabase _database;
    private WorkerRegistry? _registry;
    private ChangeWatcher? _watcher;

    public SharedDatabase(WorldSettings settings)
    {
        _settings = settings;
        Diagnostics = new WorldDiagnostics(settings.Options.LoggerFactory);
        Ids = new IdGenerator(settings.Options.TimeProvider);
        WorkerId = Ids.NewWorkerId();
        _database = new LazyDatabase(settings.Database.Name, OpenAsync);
        StreamHub = new StreamHub(_database, Hub, Diagnostics);
        Cascade = new Cascade(_database, Hub, settings.Options.TimeProvider, Diagnostics);
    }

    public ISqlDatabase Database => _database;

    public WakeHub Hub { get; } = new();

    /// <summary>Told what is stored: each world decodes it with what it has.</summary>
    public StreamHub StreamHub { get; }

    /// <summary>Cancels children, whether or not a world is started.</summary>
    public Cascade Cascade { get; }

    public WorldDiagnostics Diagnostics { get; }

    public IdGenerator Ids { get; }

    public string WorkerId { get; }

    public Durability Durability => _settings.Options.Durability;

    /// <summary>Worlds that use it. Guarded by the lock of <see cref="WorldFactory"/>.</summary>
    public int Users { get; set; }

    public Task OpenDatabaseAsync(CancellationToken cancellationToken) => _database.OpenAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Cascade.DisposeAsync().ConfigureAwait(false);
        await _database.CloseAsync().ConfigureAwait(false);
        await StreamHub.CloseAsync().ConfigureAwait(false);
        if (_watcher is not null)
        {
            await _watcher.DisposeAsync().ConfigureAwait(false);
        }

        if (_registry is not null)
        {
            await _registry.DisposeAsync().ConfigureAwait(false);
        }

        await _database.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<ISqlDatabase> OpenAsync(CancellationToken cancellationToken)
    {
        var options = _settings.Options;
        var database = SqliteDatabase.Open(_settings.Database, options.Durability, Diagnostics, options.TimeProvider);
        try
        {
            await new Migrator(database, Migration.LoadAll(), options.TimeProvider, Diagnostics)
                .MigrateAsync(cancellationToken).ConfigureAwait(false);
            var worker = new WorkerSettings(
                WorkerId, _settings.Database.Path is { } path ? WorldFactory.Canonical(path) + "-" : null, options.Lease);
            _registry = new WorkerRegistry(database, worker, Hub, options.TimeProvider, Diagnostics);
            await _registry.RegisterAsync(cancellationToken).ConfigureAwait(false);
            _watcher = new ChangeWatcher(database, _registry, Hub, options.TimeProvider, Diagnostics);
            _watcher.Start();
            return database;
        }
        catch
        {
            _registry?.Abandon();
            _registry = null;
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
