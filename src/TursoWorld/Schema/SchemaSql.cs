namespace TursoWorld.Schema;

/// <summary>Every statement on <c>schema_migrations</c>.</summary>
internal static class SchemaSql
{
    public const string Create = """
        -- schema.create
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version    INTEGER NOT NULL PRIMARY KEY,
            name       TEXT    NOT NULL,
            checksum   TEXT    NOT NULL,
            applied_at INTEGER NOT NULL
        ) STRICT
        """;

    public const string Exists = """
        -- schema.exists
        SELECT count(*)
        FROM sqlite_master
        WHERE type = 'table' AND name = 'schema_migrations'
        """;

    /// <summary>What was made by statements, and not by SQLite itself.</summary>
    public const string ListObjects = """
        -- schema.list_objects
        SELECT name, sql
        FROM sqlite_master
        WHERE sql IS NOT NULL
        """;

    public const string List = """
        -- schema.list
        SELECT version, name, checksum
        FROM schema_migrations
        ORDER BY version
        """;

    /// <summary>First statement of a migration: whoever comes second fails here, and nothing is applied twice.</summary>
    public const string Record = """
        -- schema.record
        INSERT INTO schema_migrations (version, name, checksum, applied_at)
        VALUES (@version, @name, @checksum, @applied_at)
        """;
}
