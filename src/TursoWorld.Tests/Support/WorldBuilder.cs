namespace TursoWorld.Tests.Support;

/// <summary>Where the worlds of a test suite keep their data.</summary>
public enum Backend
{
    /// <summary>A file in a folder of its own.</summary>
    SqliteFile,

    /// <summary>A database in memory for each world.</summary>
    SqliteMemory,

    /// <summary>A database of its own on the libSQL server of this run of the tests.</summary>
    LibSqlServer,
}

/// <summary>Makes worlds on one database and one manual clock; closes and deletes everything at the end.</summary>
internal sealed class WorldBuilder(Backend backend) : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");
    private readonly List<World> _worlds = [];
    private ServerDatabase? _server;

    public ManualTimeProvider Clock { get; } = new();

    public string Path => System.IO.Path.Combine(_folder.FullName, "test.db");

    /// <summary>How the provider reaches the database on the server.</summary>
    public string ConnectionString => _server!.ConnectionString; // asked only by suites on a server, which are prepared

    /// <summary>A way to the server on which answers can be lost.</summary>
    public FaultProxy Proxy() => new(_server!.Url, _server.Host); // as above

    /// <summary>Gets what the first world needs.</summary>
    public async ValueTask PrepareAsync() =>
        _server = backend == Backend.LibSqlServer ? await SharedServer.DatabaseAsync() : null;

    /// <summary>A world that stores and does not execute.</summary>
    public World Create(Action<WorldOptions>? configure = null, params WorkflowDefinition[] workflows) =>
        Add(WorldFactory.CreateWorld(Options(configure)), workflows);

    /// <summary>A world that shares nothing in memory with the others, as if it were in a process of its own.</summary>
    public World CreateApart(Action<WorldOptions>? configure = null, params WorkflowDefinition[] workflows)
    {
        var settings = WorldSettings.Resolve(Options(configure), _ => null);
        return Add(new World(settings, new SharedDatabase(settings) { Users = 1 }), workflows);
    }

    /// <summary>A world that executes.</summary>
    public Task<World> StartAsync(params WorkflowDefinition[] workflows) => StartAsync(null, workflows);

    public async Task<World> StartAsync(Action<WorldOptions>? configure, params WorkflowDefinition[] workflows)
    {
        var world = Create(configure, workflows);
        await world.StartAsync();
        return world;
    }

    public async Task<World> StartApartAsync(params WorkflowDefinition[] workflows)
    {
        var world = CreateApart(null, workflows);
        await world.StartAsync();
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var world in _worlds)
        {
            await world.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private World Add(World world, WorkflowDefinition[] workflows)
    {
        _worlds.Add(world);
        world.Register(workflows);
        return world;
    }

    private WorldOptions Options(Action<WorldOptions>? configure)
    {
        var options = new WorldOptions
        {
            DatabaseUrl = backend switch
            {
                Backend.SqliteFile => $"file:{Path}",
                Backend.SqliteMemory => ":memory:",
                _ => $"{_server!.Url}", // prepared
            },
            DatabaseHost = _server?.Host,
            PollInterval = TimeSpan.FromMilliseconds(20),
            Durability = Durability.Normal,
            Lease = TimeSpan.FromHours(1),
            ShutdownTimeout = TimeSpan.Zero,
            TimeProvider = Clock,
        };
        configure?.Invoke(options);
        return options;
    }
}
