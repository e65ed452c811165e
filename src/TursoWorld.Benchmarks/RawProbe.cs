using System.Diagnostics;
using Microsoft.Data.Sqlite;
using TursoWorld.Sql.Sqlite;

namespace TursoWorld.Benchmarks;

/// <summary>
/// Measures the raw limits: rows of about 200 bytes appended to a plain table, prepared commands, WAL,
/// <c>synchronous=FULL</c>, automatic checkpoints as SQLite has them by default.
/// </summary>
internal sealed class RawProbe
{
    private const string CreateTable = "CREATE TABLE raw (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)";
    private const string Insert = "INSERT INTO raw (payload) VALUES (@payload)";
    private const int RowsPerTransaction = 1_000;
    private const int RowBytes = 200;

    private readonly Workbench _bench;
    private readonly TimeSpan _duration;

    public RawProbe(Workbench bench)
    {
        _bench = bench;
        _duration = bench.Choose(full: TimeSpan.FromSeconds(1), quick: TimeSpan.FromSeconds(0.25));

        // The same native library as the engine's, also when the environment names another than the bundled one.
        SqliteLibrary.EnsureLoaded();
    }

    /// <summary>A connection of its own, in the mode that the raw limits are measured in.</summary>
    public static SqliteConnection Open(string database)
    {
        var builder = new SqliteConnectionStringBuilder { DataSource = database, Pooling = false };
        var connection = new SqliteConnection(builder.ToString());
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL");
        Execute(connection, "PRAGMA synchronous=FULL");
        return connection;
    }

    public static string Query(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        return $"{command.ExecuteScalar()}";
    }

    /// <summary>Compiles the loops; otherwise the first measurement would be the lowest.</summary>
    public void WarmUp() => Measure();

    public RawLimits Measure() => OnNewTable(connection => new RawLimits(
        RowsPerSecond(connection, rowsAtOnce: 1, RowBytes), RowsPerSecond(connection, RowsPerTransaction, RowBytes)));

    /// <summary>Rows per second of another size and in other groups.</summary>
    public double RowsPerSecond(int rowsAtOnce, int rowBytes) =>
        OnNewTable(connection => RowsPerSecond(connection, rowsAtOnce, rowBytes));

    private T OnNewTable<T>(Func<SqliteConnection, T> measure)
    {
        var database = _bench.NewDatabase();
        using var connection = Open(database);
        Execute(connection, CreateTable);
        var result = measure(connection);
        connection.Close();
        Workbench.Delete(database);
        return result;
    }

    private double RowsPerSecond(SqliteConnection connection, int rowsAtOnce, int rowBytes)
    {
        using var begin = Command(connection, "BEGIN IMMEDIATE");
        using var insert = Command(connection, Insert);
        using var commit = Command(connection, "COMMIT");
        insert.Parameters.AddWithValue("@payload", new byte[rowBytes]);
        insert.Prepare();
        var rows = 0L;
        var startedAt = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(startedAt) < _duration)
        {
            Append(begin, insert, commit, rowsAtOnce);
            rows += rowsAtOnce;
        }

        return rows / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    private static void Append(SqliteCommand begin, SqliteCommand insert, SqliteCommand commit, int rows)
    {
        if (rows == 1)
        {
            // A statement on its own is a transaction already, and the fastest one.
            insert.ExecuteNonQuery();
            return;
        }

        begin.ExecuteNonQuery();
        for (var row = 0; row < rows; row++)
        {
            insert.ExecuteNonQuery();
        }

        commit.ExecuteNonQuery();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
