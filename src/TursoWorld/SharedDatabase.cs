using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Ids;
using TursoWorld.Queue;
using TursoWorld.Schema;
using TursoWorld.Sql;
using TursoWorld.Sql.LibSql;
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
    private int _attempts;

    public SharedDatabase(WorldSettings settings)
    {
        _settings = settings;
        Diagnostics = new WorldDiagnostics(settings.Options.LoggerFactory);
        Clock = ClockOf(settings);
        Ids = new IdGenerator(Clock);
        WorkerId = Ids.NewWorkerId();
        _database = new LazyDatabase(settings.Database.Name, OpenAsync);
        StreamHub = new StreamHub(_database, Hub, Diagnostics);
        Cascade = new Cascade(_database, Hub, Clock, Diagnostics);
    }

    public ISqlDatabase Database => _database;

    public WakeHub Hub { get; } = new();

    /// <summary>The clock of everything that is stored: the one of the options, or of the server that all processes share.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Told what is stored: each world decodes it with what it has.</summary>
    public StreamHub StreamHub { get; }

    /// <summary>Cancels children, whether or not a world is started.</summary>
    public Cascade Cascade { get; }

    public WorldDiagnostics Diagnostics { get; }

    public IdGenerator Ids { get; }

    public string WorkerId { get; }

    public Durability Durability => _settings.Options.Durability;

    public TimeSpan BusyTimeout => _settings.Options.BusyTimeout;

    public bool AllowUnsafeSqlite => _settings.AllowUnsafeSqlite;

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

    // Who gives a clock of his own means it.
    private static TimeProvider ClockOf(WorldSettings settings) =>
        settings.Database.Server is not null && settings.Options.TimeProvider == TimeProvider.System
            ? new ServerClock(TimeProvider.System)
            : settings.Options.TimeProvider;

    private async Task<ISqlDatabase> OpenAsync(CancellationToken cancellationToken)
    {
        var options = _settings.Options;
        var database = Connect(cancellationToken);
        try
        {
            await new Migrator(database, Migration.LoadAll(), Clock, Diagnostics).MigrateAsync(cancellationToken).ConfigureAwait(false);
            _registry = new WorkerRegistry(database, WorkerSettings(), Hub, Clock, Diagnostics);
            await _registry.RegisterAsync(cancellationToken).ConfigureAwait(false);
            _watcher = new ChangeWatcher(
                database, _registry, new ClockWatch(Clock, Hub), Hub, options.TimeProvider, Diagnostics);
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

    private ISqlDatabase Connect(CancellationToken cancellationToken)
    {
        var options = _settings.Options;
        if (_settings.Database.Server is not { } server)
        {
            var file = new SqliteSettings(options.Durability)
            {
                BusyTimeout = options.BusyTimeout,
                AllowUnsafe = _settings.AllowUnsafeSqlite,
            };
            return SqliteDatabase.Open(_settings.Database, file, Diagnostics, Clock, cancellationToken);
        }

        var settings = new ServerSettings
        {
            // An attempt to open that failed may have left flushes on their way.
            WriterId = $"{WorkerId}.{++_attempts}",
            TimeProvider = Clock,
            PollInterval = options.PollInterval,
        };
        return LibSqlDatabase.Open(server, settings, Diagnostics);
    }

    private WorkerSettings WorkerSettings() => new(
        WorkerId,
        _settings.Database.Path is { } path ? WorldFactory.Canonical(path) + "-" : null,
        _settings.Options.Lease)
    {
        // Where a look is a request, it is taken as often as the lease asks for, and no more.
        LookInterval = Clock is ServerClock ? TimeSpan.FromTicks(Math.Clamp(
            _settings.Options.Lease.Ticks / 6, TimeSpan.TicksPerSecond / 2, TimeSpan.TicksPerSecond * 5)) : TimeSpan.Zero,
        GivesBackAtEnd = !_settings.Database.IsMemory,
    };
}
