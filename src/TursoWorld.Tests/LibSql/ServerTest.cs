using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>A test of the provider on a database of its own on a real server.</summary>
public abstract class ServerTest : IAsyncLifetime
{
    private ServerDatabase? _database;
    private LibSqlDataSource? _source;
    private RawHrana? _raw;
    private LibSqlConnection? _connection;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Connections to the database of this test.</summary>
    protected LibSqlDataSource Source => _source!; // set before the test begins, as what follows

    /// <summary>An open one of them.</summary>
    protected LibSqlConnection Connection => _connection!;

    /// <summary>How long a transaction of these tests has the lock while others wait; null: what the server has by default, 5.</summary>
    protected virtual int? TransactionSeconds => null;

    private protected ServerDatabase Database => _database!;

    /// <summary>The same database without the provider.</summary>
    private protected RawHrana Raw => _raw!;

    public virtual async ValueTask InitializeAsync()
    {
        _database = await SharedServer.DatabaseAsync(TransactionSeconds);
        _raw = new RawHrana(_database.Url, _database.Host);
        _source = new LibSqlDataSource(_database.ConnectionString);
        _connection = await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        _raw?.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Another open connection, which its caller disposes of.</summary>
    protected async Task<LibSqlConnection> OpenAsync() => await Source.OpenConnectionAsync(Cancellation);

    /// <summary>Executes statements without parameters and results.</summary>
    protected async Task ExecuteAsync(string sql)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>The first value of the first row.</summary>
    protected async Task<object?> ScalarAsync(string sql)
    {
        await using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private protected FaultProxy Proxy() => new(Database.Url, Database.Host);

    /// <summary>Connections through a proxy, which knows the namespace.</summary>
    private protected static LibSqlDataSource SourceThrough(FaultProxy proxy, string more = "", TimeProvider? timeProvider = null) =>
        new($"Data Source={proxy.Url};{more}", new LibSqlDataSourceOptions { TimeProvider = timeProvider ?? TimeProvider.System });
}
