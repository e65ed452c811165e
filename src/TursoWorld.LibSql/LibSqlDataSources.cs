using System.Collections.Concurrent;

namespace TursoWorld.LibSql;

/// <summary>The data sources of connections that were made from a connection string.</summary>
internal static class LibSqlDataSources
{
    // Mutable and static, because a connection made from nothing but a string has nowhere else to find what it shares with the
    // others: HTTP connections, the limit of requests, and the position of the server's log. They live as long as the process.
    private static readonly ConcurrentDictionary<string, Lazy<LibSqlDataSource>> Known = new(StringComparer.Ordinal);

    public static LibSqlDataSource Get(string connectionString) =>
        Known.GetOrAdd(connectionString, text => new Lazy<LibSqlDataSource>(() => new LibSqlDataSource(text))).Value;
}
