using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Sqlite;

/// <summary>A writer on a new file with a table of <see cref="Items"/>, whose transport can be held up.</summary>
internal sealed class WriterBench : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");
    private Task? _closing;

    public WriterBench(TimeProvider? leisureClock = null, Durability durability = Durability.Normal)
    {
        Path = System.IO.Path.Combine(_folder.FullName, "items.db");
        Items.Create(Path);
        var diagnostics = new WorldDiagnostics(NullLoggerFactory.Instance);
        Sqlite = new SqliteTransport(new SqliteConnections(new DatabaseUrl(Path), new(durability)), diagnostics);
        Transport = new FaultyTransport(Sqlite);
        Writer = new UnitWriter(Transport, diagnostics, leisureClock);
    }

    public string Path { get; }

    public SqliteTransport Sqlite { get; }

    public FaultyTransport Transport { get; }

    public UnitWriter Writer { get; }

    public IReadOnlyList<long> Ids => Items.Ids(Path);

    public Task<UnitResult> WriteAsync(Unit unit) => WriteCancellableAsync(unit, CancellationToken.None);

    public Task<UnitResult> WriteCancellableAsync(Unit unit, CancellationToken cancellationToken) =>
        Writer.WriteAsync(unit, cancellationToken).WaitAsync(Limit, CancellationToken.None);

    /// <summary>Writes the units as one group, by letting all of them arrive before the first begins.</summary>
    public async Task<UnitResult[]> WriteTogetherAsync(params IEnumerable<Unit> units)
    {
        var hold = HoldBegin();
        var writes = units.Select(unit => WriteAsync(unit)).ToList();
        hold.Release();
        return await Task.WhenAll(writes);
    }

    public Hold HoldBegin()
    {
        var hold = new Hold();
        Transport.BeforeBegin = hold.PassAsync;
        return hold;
    }

    public Hold HoldExecute()
    {
        var hold = new Hold();
        Transport.BeforeExecute = hold.PassAsync;
        return hold;
    }

    public Task CloseAsync() => _closing ??= Writer.DisposeAsync().AsTask().WaitAsync(Limit);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Delete(recursive: true);
    }
}
