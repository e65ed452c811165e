using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;

namespace TursoWorld.Tests.Sqlite;

/// <summary>A file with a table of <see cref="Items"/> in a folder of its own, and databases that are open on it.</summary>
internal sealed class TestFile : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");
    private readonly List<SqliteDatabase> _open = [];

    public TestFile()
    {
        Path = System.IO.Path.Combine(_folder.FullName, "items.db");
        Items.Create(Path);
    }

    public string Path { get; }

    public WorldDiagnostics Diagnostics { get; } = new(NullLoggerFactory.Instance);

    public IReadOnlyList<long> Ids => Items.Ids(Path);

    public SqliteDatabase Open(TimeProvider? timeProvider = null, TimeSpan? busyTimeout = null)
    {
        var settings = new SqliteSettings(Durability.Normal);
        var database = SqliteDatabase.Open(
            new DatabaseUrl(Path), settings with { BusyTimeout = busyTimeout ?? settings.BusyTimeout }, Diagnostics, timeProvider ?? TimeProvider.System);
        _open.Add(database);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _open)
        {
            await database.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}
