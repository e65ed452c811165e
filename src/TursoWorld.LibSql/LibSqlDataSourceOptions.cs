namespace TursoWorld.LibSql;

/// <summary>What a connection string cannot say.</summary>
public sealed class LibSqlDataSourceOptions
{
    /// <summary>
    /// Where the token comes from; null: from the connection string. Asked before the first request, and again when the server
    /// refuses the token. Called by one request at a time; must not use the same data source.
    /// </summary>
    public Func<CancellationToken, ValueTask<string?>>? AuthToken { get; init; }

    /// <summary>The clock of time limits and pauses. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// What sends the requests; null: a handler of the data source's own. Yours is not disposed of with the data source. It should not
    /// follow redirects.
    /// </summary>
    public HttpMessageHandler? HttpMessageHandler { get; init; }
}
