namespace TursoWorld.Sql.LibSql;

/// <summary>Statements that copy a database whose tables may be anybody's.</summary>
internal static class ServerCopySql
{
    public const string Objects = """
        -- copy.objects
        SELECT type, name, sql
        FROM sqlite_master
        WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT LIKE 'libsql!_%' ESCAPE '!'
        ORDER BY rowid
        """;

    /// <summary>The columns that are stored; others are computed from them.</summary>
    public const string Columns = """
        -- copy.columns
        SELECT name
        FROM pragma_table_xinfo(@table)
        WHERE hidden = 0
        ORDER BY cid
        """;

    public const string ForgetKeys = """
        -- copy.forget_keys
        DELETE FROM sqlite_sequence
        """;

    /// <summary>Where SQLite keeps the highest keys that were ever used.</summary>
    public static string KeyTable => "sqlite_sequence";

    public static string Select(string table, IReadOnlyList<string> columns) =>
        $"SELECT {string.Join(", ", columns.Select(Quoted))} FROM {Quoted(table)}";

    public static string Insert(string table, IReadOnlyList<string> columns) =>
        $"INSERT INTO {Quoted(table)} ({string.Join(", ", columns.Select(Quoted))}) "
        + $"VALUES ({string.Join(", ", columns.Select((_, i) => $"@c{i}"))})";

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
