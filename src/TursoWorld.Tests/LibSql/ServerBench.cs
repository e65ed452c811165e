using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.LibSql;
using TursoWorld.Schema;
using TursoWorld.Sql;
using TursoWorld.Sql.LibSql;
using TursoWorld.Tests.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>A database on the server with a table of <see cref="Items"/>, and a proxy in front of it that does what networks do.</summary>
internal sealed class ServerBench : IAsyncDisposable
{
    /// <summary>In the body of every flush of units.</summary>
    public const string Flush = "INSERT INTO item";

    /// <summary>In the body of every question what became of a flush.</summary>
    public const string Question = "writers.find";

    private static readonly ServerLimits Limits = new(Request: TimeSpan.FromSeconds(2), Bound: TimeSpan.FromSeconds(4));

    private readonly ServerDatabase _server;
    private readonly List<LibSqlDatabase> _open = [];
    private int _opened;

    private ServerBench(ServerDatabase server)
    {
        _server = server;
        Proxy = new FaultProxy(server.Url, server.Host);
        Transitions = new Transitions(Diagnostics);
    }

    public FaultProxy Proxy { get; }

    public WorldDiagnostics Diagnostics { get; } = new(NullLoggerFactory.Instance);

    public Transitions Transitions { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<ServerBench> CreateAsync()
    {
        var bench = new ServerBench(await SharedServer.DatabaseAsync());
        foreach (var text in SqlScript.Split(Items.Schema).Concat(SqlScript.Split(Migration.LoadAll()[0].Script).Where(IsTableOfWriters)))
        {
            await bench.RunAsync(text);
        }

        return bench;
    }

    /// <summary>A writer of its own, behind the proxy.</summary>
    public LibSqlDatabase Open(ServerClock? clock = null)
    {
        var server = DatabaseServer.TryParse(Proxy.Url.AbsoluteUri, out _)!; // an address of this process
        var settings = new ServerSettings
        {
            WriterId = $"writer-{_opened++}",
            TimeProvider = clock ?? TimeProvider.System,
            PollInterval = TimeSpan.FromMilliseconds(10),
            Limits = Limits,
        };
        var database = LibSqlDatabase.Open(server, settings, Diagnostics);
        _open.Add(database);
        return database;
    }

    /// <summary>Closes a writer before the others.</summary>
    public async Task CloseAsync(LibSqlDatabase database)
    {
        _open.Remove(database);
        await database.DisposeAsync();
    }

    /// <summary>What a stranger sees, past the proxy.</summary>
    public async Task<IReadOnlyList<long>> IdsAsync() =>
        [.. (await RunAsync("SELECT id FROM item ORDER BY id")).Select(row => (long)row[0]!)]; // a key

    public async Task<IReadOnlyList<object?[]>> RunAsync(string text)
    {
        await using var connection = new LibSqlConnection(_server.ConnectionString);
        await connection.OpenAsync(Cancellation);
        var results = await connection.ExecuteStepsAsync([new LibSqlStep(text)], Cancellation);
        return results[0].Error is { } error ? throw error : results[0].Rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _open)
        {
            await database.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static bool IsTableOfWriters(string statement) => statement.Contains("CREATE TABLE writers", StringComparison.Ordinal);
}
