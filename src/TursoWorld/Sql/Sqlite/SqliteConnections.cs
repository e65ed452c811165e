using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>Opens connections to one database with the pragmas that their role needs.</summary>
internal sealed class SqliteConnections(DatabaseUrl url, Durability durability)
{
    private const int OpenAttempts = 5_000;
    private const int MicrosecondsBetweenAttempts = 2_000;

    public string Name => url.Name;

    public bool IsMemory => url.IsMemory;

    public Durability Durability => durability;

    public SqliteConnection OpenWriter()
    {
        var connection = Open(SqliteOpenMode.ReadWriteCreate);
        try
        {
            Apply(connection, SqlitePragmas.NoBusyTimeout);
            Apply(connection, SqlitePragmas.Wal);
            Apply(connection, durability == Durability.Full ? SqlitePragmas.SynchronousFull : SqlitePragmas.SynchronousNormal);
            Apply(connection, SqlitePragmas.WriterCheckpoint);
            Apply(connection, SqlitePragmas.WalSizeLimit);
            Apply(connection, SqlitePragmas.WriterCache);
            if (OperatingSystem.IsMacOS())
            {
                Apply(connection, SqlitePragmas.FullFsync);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public SqliteConnection OpenReader()
    {
        var connection = Open(SqliteOpenMode.ReadWrite);
        try
        {
            Apply(connection, SqlitePragmas.ReaderBusyTimeout);
            Apply(connection, SqlitePragmas.NoCheckpoint);
            Apply(connection, SqlitePragmas.QueryOnly);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public WorldException ToException(SqliteException exception)
    {
        var kind = SqliteErrors.Classify(exception.SqliteExtendedErrorCode, exception.Message, out _);
        return SqliteErrors.ToException(kind, Name, exception.Message, exception);
    }

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        SqliteLibrary.EnsureLoaded();
        ThrowIfNoFileCanBeThere();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = url.Path ?? ":memory:",
            Mode = url.IsMemory ? SqliteOpenMode.Memory : mode,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw ToException(exception);
        }
    }

    // SQLite calls both "unable to open database file"; the remedies differ.
    private void ThrowIfNoFileCanBeThere()
    {
        if (Directory.Exists(url.Path))
        {
            throw new StorageException(
                ErrorCodes.DatabaseUnavailable,
                $"'{Name}' is a directory. Let DatabaseUrl name a file in it, for example 'file:{Name}/workflow.db'.",
                isTransient: false);
        }

        var folder = Path.GetDirectoryName(url.Path);
        if (!string.IsNullOrEmpty(folder) && !Directory.Exists(folder))
        {
            throw new StorageException(
                ErrorCodes.DatabaseUnavailable,
                $"The folder of database '{Name}' does not exist. Create it, or let DatabaseUrl name another file.",
                isTransient: false);
        }
    }

    // Another process that opens the same new file holds the lock for a moment.
    private void Apply(SqliteConnection connection, string pragma)
    {
        for (var attempt = 1; ; attempt++)
        {
            var code = raw.sqlite3_exec(connection.Handle, pragma);
            if (code == raw.SQLITE_OK)
            {
                return;
            }

            var message = raw.sqlite3_errmsg(connection.Handle).utf8_to_string();
            var kind = SqliteErrors.Classify(raw.sqlite3_extended_errcode(connection.Handle), message, out _);
            if (kind != SqlErrorKind.Busy || attempt == OpenAttempts)
            {
                throw SqliteErrors.ToException(kind, Name, message, null);
            }

            NativeSleep.Microseconds(MicrosecondsBetweenAttempts);
        }
    }
}
