using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>Opens connections to one database with the pragmas that their role needs.</summary>
internal sealed class SqliteConnections(DatabaseUrl url, SqliteSettings settings)
{
    private const int MicrosecondsBetweenAttempts = 2_000;

    public string Name => url.Name;

    public bool IsMemory => url.IsMemory;

    public SqliteSettings Settings => settings;

    /// <summary>Whether the files are still those that the writer has opened.</summary>
    public SqliteFileWatch Files { get; } = new(url.Name);

    /// <exception cref="StorageException">The database cannot be opened, or another process keeps it locked for too long.</exception>
    public SqliteConnection OpenWriter(CancellationToken cancellationToken)
    {
        var connection = Open(SqliteOpenMode.ReadWriteCreate);
        try
        {
            Apply(
                connection,
                cancellationToken,
                SqlitePragmas.NoBusyTimeout,
                SqlitePragmas.Wal,
                settings.Durability == Durability.Full ? SqlitePragmas.SynchronousFull : SqlitePragmas.SynchronousNormal,
                SqlitePragmas.WriterCheckpoint,
                SqlitePragmas.WalSizeLimit,
                SqlitePragmas.WriterCache);
            if (OperatingSystem.IsMacOS())
            {
                Apply(connection, cancellationToken, SqlitePragmas.FullFsync);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="OpenWriter" path="/exception" />
    public SqliteConnection OpenReader()
    {
        var connection = Open(SqliteOpenMode.ReadWrite);
        try
        {
            Apply(
                connection,
                CancellationToken.None,
                SqlitePragmas.ReaderBusyTimeout(settings.BusyTimeout),
                SqlitePragmas.NoCheckpoint,
                SqlitePragmas.QueryOnly);
            if (Files.Look() is { } failure)
            {
                throw failure; // it would read in another file
            }

            return connection;
        }
        catch
        {
            Close(connection);
            throw;
        }
    }

    public void Close(SqliteConnection connection)
    {
        PrepareToClose(connection);
        connection.Dispose();
    }

    /// <summary>
    /// The last connection that is closed folds the write-ahead log into the file and deletes it, but not where these are no longer its own.
    /// </summary>
    public void PrepareToClose(SqliteConnection connection)
    {
        if (Files.Look() is not null)
        {
            raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
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

            // The provider goes on trying behind SQLite's own waiting; zero would be for ever.
            DefaultTimeout = Math.Max(1, (int)settings.BusyTimeout.TotalSeconds),
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
    private void Apply(SqliteConnection connection, CancellationToken cancellationToken, params ReadOnlySpan<string> pragmas)
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var pragma in pragmas)
        {
            while (raw.sqlite3_exec(connection.Handle, pragma) != raw.SQLITE_OK)
            {
                var message = raw.sqlite3_errmsg(connection.Handle).utf8_to_string();
                var kind = SqliteErrors.Classify(raw.sqlite3_extended_errcode(connection.Handle), message, out _);
                if (kind != SqlErrorKind.Busy || Stopwatch.GetElapsedTime(began) >= settings.BusyTimeout)
                {
                    throw SqliteErrors.ToException(kind, Name, message, null);
                }

                cancellationToken.ThrowIfCancellationRequested();
                NativeSleep.Microseconds(MicrosecondsBetweenAttempts);
            }
        }
    }
}
