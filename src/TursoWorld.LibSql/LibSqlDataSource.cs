using System.Data.Common;
using System.Net;
using TursoWorld.LibSql.Http;

namespace TursoWorld.LibSql;

/// <summary>
/// A libSQL server, and what its connections share: HTTP connections, the limit of requests under way, the token, and how far the
/// server's log was seen. Make one for each database and keep it.
/// </summary>
public sealed class LibSqlDataSource : DbDataSource
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    // Names of servers change their addresses.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private bool _isDisposed;

    /// <param name="connectionString">See <see cref="LibSqlConnectionStringBuilder"/>.</param>
    /// <param name="options">What a connection string cannot say.</param>
    /// <exception cref="ArgumentException">The connection string is not one, or would send a token or key over an open network.</exception>
    public LibSqlDataSource(string connectionString, LibSqlDataSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        var builder = new LibSqlConnectionStringBuilder(connectionString);
        var settings = builder.ToSettings();
        var hasSecret = settings.AuthToken is not null || settings.EncryptionKey is not null || options?.AuthToken is not null;
        if (hasSecret && !settings.MaySendTokenTo(settings.BaseUri))
        {
            throw new ArgumentException(
                $"The token or key for '{settings.BaseUri.Host}' would be sent without encryption. Use libsql:// or https://, or say "
                + "'Allow Token Over Http=true' when the network is yours.");
        }

        ConnectionString = builder.WithoutSecrets();
        var tokens = new TokenSource(settings.AuthToken, options?.AuthToken);
        var own = options?.HttpMessageHandler is null;
        var handler = options?.HttpMessageHandler ?? NewHandler(settings);
        var timeProvider = options?.TimeProvider ?? TimeProvider.System;
        Server = new LibSqlServer(settings, tokens, new HttpTransport(settings, tokens, handler, own, timeProvider));
    }

    /// <summary>The connection string, without the secrets unless it says <c>Persist Security Info=true</c>.</summary>
    public override string ConnectionString { get; }

    internal LibSqlServer Server { get; }

    /// <summary>A connection that is not open yet.</summary>
    public new LibSqlConnection CreateConnection() => new(this);

    /// <summary>An open connection. Sends nothing yet.</summary>
    public new LibSqlConnection OpenConnection() => (LibSqlConnection)base.OpenConnection();

    /// <summary>An open connection. Sends nothing yet.</summary>
    public new async ValueTask<LibSqlConnection> OpenConnectionAsync(CancellationToken cancellationToken = default) =>
        (LibSqlConnection)await base.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    internal void RequireUsable() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => CreateConnection();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            Server.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override ValueTask DisposeAsyncCore()
    {
        Dispose(disposing: true);
        return base.DisposeAsyncCore();
    }

    // A redirect would carry the token to wherever it leads. A proxy cannot reach this machine's own servers.
    private static SocketsHttpHandler NewHandler(LibSqlSettings settings) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = settings.BaseUri.IsLoopback
            ? DecompressionMethods.None
            : DecompressionMethods.GZip | DecompressionMethods.Brotli,
        ConnectTimeout = ConnectTimeout,
        MaxConnectionsPerServer = Math.Max(settings.MaxConcurrency, 2) * 2,
        PooledConnectionLifetime = ConnectionLifetime,
        UseCookies = false,
        UseProxy = !settings.BaseUri.IsLoopback,
    };
}
