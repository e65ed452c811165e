using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// What strangers may do on the writer's connection: nothing that outlives their transaction on the connection itself, and
/// nothing that ends it.
/// </summary>
internal static class SqliteConfinement
{
    private static readonly HashSet<string> PragmasThatOnlyRead = new(StringComparer.OrdinalIgnoreCase)
    {
        "table_info", "table_xinfo", "index_list", "index_info", "index_xinfo", "foreign_key_list", "database_list",
    };

    /// <param name="action">The action code of SQLite's authorizer.</param>
    /// <param name="name">Its first argument: for a pragma, the name.</param>
    /// <param name="argument">Its second argument: for a pragma, the value; null when it has none.</param>
    public static bool Allows(int action, string? name, string? argument) => action switch
    {
        raw.SQLITE_TRANSACTION or raw.SQLITE_ATTACH or raw.SQLITE_DETACH => false,
        raw.SQLITE_CREATE_TEMP_INDEX or raw.SQLITE_CREATE_TEMP_TABLE => false,
        raw.SQLITE_CREATE_TEMP_TRIGGER or raw.SQLITE_CREATE_TEMP_VIEW => false,
        raw.SQLITE_PRAGMA => argument is null || PragmasThatOnlyRead.Contains(name ?? ""),
        _ => true,
    };
}
