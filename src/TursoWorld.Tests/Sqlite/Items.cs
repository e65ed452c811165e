using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using TursoWorld.Sql;

namespace TursoWorld.Tests.Sqlite;

/// <summary>A table to write units to.</summary>
internal static class Items
{
    public const string Schema = """
        CREATE TABLE item (id INTEGER PRIMARY KEY, value, CHECK (value IS NOT 'forbidden'));
        CREATE VIEW guard AS SELECT NULL AS kind, NULL AS holds WHERE FALSE;
        CREATE TRIGGER guard_lease INSTEAD OF INSERT ON guard WHEN NOT coalesce(NEW.holds, 0)
        BEGIN SELECT RAISE(ABORT, 'guard: lease'); END;
        CREATE VIEW pair AS SELECT NULL AS first, NULL AS second WHERE FALSE;
        CREATE TRIGGER pair_insert INSTEAD OF INSERT ON pair
        BEGIN
            SELECT RAISE(FAIL, 'guard: lease') WHERE NEW.first < 0;
            INSERT INTO item (id) VALUES (NEW.first);
            INSERT INTO item (id) VALUES (NEW.second);
        END;
        """;

    private const string InsertText = "INSERT INTO item (id, value) VALUES (@id, @value)";
    private const string InsertBlobText = "INSERT INTO item (id, value) VALUES (@id, zeroblob(@size))";
    private const string InsertPairText = "INSERT OR FAIL INTO pair (first, second) VALUES (@first, @second)";
    private const string GuardText = "INSERT INTO guard (kind, holds) VALUES ('lease', @holds)";

    public static SqlStatement Insert(long id, SqlValue value = default) => new(InsertText, ("id", id), ("value", value));

    public static SqlStatement InsertBlob(long id, long size) => new(InsertBlobText, ("id", id), ("size", size));

    public static SqlStatement Guard(bool holds) => new(GuardText, ("holds", holds ? 1 : 0));

    /// <summary>Two rows by one statement, which leaves the first when the second fails; a negative id fails a guard.</summary>
    public static SqlStatement InsertPair(long first, long second) => new(InsertPairText, ("first", first), ("second", second));

    public static Unit UnitOf(long id) => new(Insert(id));

    /// <summary>Adds rows of about a page each, and folds the log into the file.</summary>
    public static void Fill(RawDatabase database, int rows)
    {
        var fill = $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {rows}) "
            + "INSERT INTO item (value) SELECT zeroblob(3500) FROM n; PRAGMA wal_checkpoint(TRUNCATE)";
        if (database.Execute(fill) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException(database.Message);
        }
    }

    /// <summary>Creates the table in a new file.</summary>
    public static void Create(string path)
    {
        using var database = new RawDatabase(path);
        if (database.Execute(Schema) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException(database.Message);
        }
    }

    /// <summary>What a stranger to the library sees in the file.</summary>
    public static IReadOnlyList<long> Ids(string path) => Query<long>(path, "SELECT id FROM item ORDER BY id");

    public static IReadOnlyList<T> Query<T>(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        return connection.Query<T>(sql).AsList();
    }
}
