using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// Copies a database into a new file with the backup interface of SQLite: page by page, so that nobody has to hold it in
/// memory, and never half: the file gets its name when it is complete and on the disk.
/// </summary>
internal static class SqliteCopy
{
    private const string Main = "main";

    // 4 MiB between two looks at the cancellation token.
    private const int PagesPerStep = 1_000;
    private const int Everything = -1;

    /// <param name="source">What to copy; nothing changes it meanwhile as far as this connection can see.</param>
    /// <param name="path">A file that does not exist.</param>
    /// <param name="finish">Statements that run in the copy before it is complete.</param>
    /// <param name="stepped">Called after each step.</param>
    /// <param name="cancellationToken">Gives up and removes what is there.</param>
    /// <returns>How many bytes the copy has.</returns>
    public static long ToNewFile(
        SqliteConnection source,
        string path,
        IReadOnlyList<SqlStatement> finish,
        Action stepped,
        CancellationToken cancellationToken) =>
        WriteNewFile(source, path, path, finish, stepped, cancellationToken);

    /// <summary>As <see cref="ToNewFile"/>, from a file that nobody has open, or whose users let others read.</summary>
    /// <param name="source">The file.</param>
    /// <param name="path">A file that does not exist.</param>
    /// <param name="name">What errors call that file.</param>
    /// <param name="cancellationToken">Gives up and removes what is there.</param>
    public static void FileToNewFile(string source, string path, string name, CancellationToken cancellationToken)
    {
        SqliteLibrary.EnsureLoaded();
        using var connection = Open(source, SqliteOpenMode.ReadOnly, source);
        WriteNewFile(connection, path, name, [], () => { }, cancellationToken);
    }

    /// <summary>Makes a new file of what somebody fills into it, and never half of one.</summary>
    /// <inheritdoc cref="ToNewFile" path="/returns" />
    public static async Task<long> FillNewFileAsync(
        string path, Func<SqliteConnection, Task> fill, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken)
    {
        ThrowIfTaken(path);
        var partial = PartOf(path);
        try
        {
            using (var target = new SqliteSession(OpenNew(partial, path)))
            {
                await fill(target.Connection).ConfigureAwait(false);
                Finish(target, finish, path);
            }

            cancellationToken.ThrowIfCancellationRequested();
            Place(partial, path);
            return new FileInfo(path).Length;
        }
        finally
        {
            RemoveParts(partial);
        }
    }

    /// <summary>A private copy in memory, made in one go.</summary>
    public static SqliteConnection ToMemory(SqliteConnection source, string name)
    {
        var copy = new SqliteConnection("Data Source=:memory:;Pooling=False");
        try
        {
            copy.Open();
            Copy(source, copy, Everything, name, () => { }, CancellationToken.None);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <exception cref="ConflictException">There is something at the path.</exception>
    public static void ThrowIfTaken(string path)
    {
        if (Path.Exists(path))
        {
            throw ConflictException.File(path);
        }
    }

    /// <summary>
    /// Gives a complete file its name, which nothing else may have by now. Both are on the disk afterwards: after a loss of
    /// power there is the whole file, or none.
    /// </summary>
    public static void Place(string partial, string path)
    {
        try
        {
            DurableFile.Flush(partial);
            File.Move(partial, path, overwrite: false);
        }
        catch (IOException) when (Path.Exists(path))
        {
            throw ConflictException.File(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SqliteErrors.ToException(SqlErrorKind.Io, path, exception.Message, exception);
        }

        try
        {
            DurableFile.FlushFolder(Path.GetDirectoryName(path)!); // the path is absolute and names a file
        }
        catch (IOException exception)
        {
            Remove(path);
            throw SqliteErrors.ToException(SqlErrorKind.Io, path, exception.Message, exception);
        }
    }

    /// <summary>Removes a file that failed to become what it should, if it is there and may be removed.</summary>
    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What led here tells more. The name says what the file is.
        }
    }

    private static long WriteNewFile(
        SqliteConnection source,
        string path,
        string name,
        IReadOnlyList<SqlStatement> finish,
        Action stepped,
        CancellationToken cancellationToken)
    {
        ThrowIfTaken(path);
        var partial = PartOf(path);
        try
        {
            using (var target = new SqliteSession(OpenNew(partial, name)))
            {
                Copy(source, target.Connection, PagesPerStep, name, stepped, cancellationToken);
                Finish(target, finish, name);
            }

            cancellationToken.ThrowIfCancellationRequested();
            KeepMode(source, partial);
            Place(partial, path);
            return new FileInfo(path).Length;
        }
        finally
        {
            RemoveParts(partial);
        }
    }

    /// <summary>A copy is not for more eyes than its source.</summary>
    private static void KeepMode(SqliteConnection source, string path)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(source.DataSource))
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(source.DataSource));
        }
    }

    private static string PartOf(string path) => $"{path}.{Path.GetRandomFileName()}.partial";

    // After success there is nothing of these names.
    private static void RemoveParts(string partial) =>
        Array.ForEach([partial, $"{partial}-journal", $"{partial}-wal", $"{partial}-shm"], Remove);

    private static SqliteConnection OpenNew(string path, string name)
    {
        var connection = Open(path, SqliteOpenMode.ReadWriteCreate, name);
        try
        {
            // Nothing has to be undone in a file that goes when anything fails.
            Check(raw.sqlite3_exec(connection.Handle, SqlitePragmas.NoJournal), connection.Handle!, name); // open
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // Errors name the file that the user has named, and not what it is called until it is complete.
    private static SqliteConnection Open(string path, SqliteOpenMode mode, string name)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
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
            var kind = SqliteErrors.Classify(exception.SqliteExtendedErrorCode, exception.Message, out _);
            throw SqliteErrors.ToException(kind, name, exception.Message, exception);
        }
    }

    private static void Copy(
        SqliteConnection source,
        SqliteConnection target,
        int pagesPerStep,
        string name,
        Action stepped,
        CancellationToken cancellationToken)
    {
        using var backup = raw.sqlite3_backup_init(target.Handle, Main, source.Handle, Main);
        if (backup.IsInvalid)
        {
            Check(raw.sqlite3_extended_errcode(target.Handle), target.Handle!, name);
        }

        int code;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            code = raw.sqlite3_backup_step(backup, pagesPerStep);
            stepped();
        }
        while (code == raw.SQLITE_OK);

        if (code != raw.SQLITE_DONE)
        {
            // The step tells; the connection remembers only after the end of the backup, and by then in part.
            // What is damaged is what was read; the copy is new.
            var kind = SqliteErrors.Classify(code, "", out _);
            var culprit = kind is SqlErrorKind.Corrupt or SqlErrorKind.NotADatabase ? source.DataSource : name;
            throw SqliteErrors.ToException(kind, culprit, raw.sqlite3_errstr(code).utf8_to_string(), null);
        }
    }

    // The header of the copy says "write-ahead log" as the source's does; a backup is one file.
    private static void Finish(SqliteSession target, IReadOnlyList<SqlStatement> finish, string name)
    {
        SqlStatement[] all =
        [
            new(SqlitePragmas.DeleteJournal), new(SqlitePragmas.SynchronousFull), new(SqlitePragmas.Begin),
            .. finish, new(SqlitePragmas.Commit),
        ];
        foreach (var statement in all)
        {
            Check(target.Run(statement), target.Connection.Handle!, name); // the session's connection is open
        }
    }

    private static void Check(int code, sqlite3 handle, string name)
    {
        if (code != raw.SQLITE_OK)
        {
            var message = raw.sqlite3_errmsg(handle).utf8_to_string();
            var kind = SqliteErrors.Classify(raw.sqlite3_extended_errcode(handle), message, out _);
            throw SqliteErrors.ToException(kind, name, message, null);
        }
    }
}
