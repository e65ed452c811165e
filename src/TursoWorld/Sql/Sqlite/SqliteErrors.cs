using System.Diagnostics;
using System.Text.RegularExpressions;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>Says what the result codes of SQLite mean.</summary>
internal static partial class SqliteErrors
{
    private const string GuardPrefix = "guard: ";
    private const string CheckPrefix = "CHECK constraint failed: ";
    private const int PrimaryMask = 0xFF;
    private const int ReadOnlyMoved = raw.SQLITE_READONLY | (4 << 8);
    private const int IoErrorCorruptFileSystem = raw.SQLITE_IOERR | (33 << 8);

    /// <summary>Classifies a result code.</summary>
    /// <param name="extendedOrPrimaryCode">The extended code, or the primary one where there is no other.</param>
    /// <param name="message">SQLite's message, bare or as <c>SqliteException</c> words it.</param>
    /// <param name="guardKind">Which guard failed; null for every other kind of error.</param>
    public static SqlErrorKind Classify(int extendedOrPrimaryCode, string message, out string? guardKind)
    {
        guardKind = extendedOrPrimaryCode is raw.SQLITE_CONSTRAINT_TRIGGER or raw.SQLITE_CONSTRAINT_CHECK or raw.SQLITE_CONSTRAINT
            ? FindGuardKind(message)
            : null;
        return guardKind is not null ? SqlErrorKind.GuardFailed : ClassifyCode(extendedOrPrimaryCode);
    }

    /// <summary>Words the error for whoever called the library.</summary>
    /// <param name="kind">What happened; not <see cref="SqlErrorKind.None"/>.</param>
    /// <param name="database">The name of the database that may be shown: no secrets.</param>
    /// <param name="message">SQLite's message, bare or as <c>SqliteException</c> words it.</param>
    /// <param name="inner">The provider's exception, if there is one.</param>
    public static WorldException ToException(SqlErrorKind kind, string database, string message, Exception? inner)
    {
        var (code, isTransient, happened, remedy) = Describe(kind);
        return new StorageException(
            code, $"Database '{database}' {happened} (SQLite: {Bare(message)}). {remedy}", isTransient, inner);
    }

    /// <summary>The files are not those that were opened.</summary>
    public static StorageException Replaced(string database, string finding)
    {
        var (code, isTransient, happened, remedy) = Describe(SqlErrorKind.Replaced);
        return new StorageException(code, $"Database '{database}' {happened}: {finding}. {remedy}", isTransient);
    }

    /// <summary>The native library must not be used for a file, because it can lose what is committed.</summary>
    public static StorageException UnsafeLibrary(string database, string version) => new(
        ErrorCodes.SqliteUnsafe,
        $"Database '{database}' was not opened: SQLite {version} has the WAL-reset bug, which loses committed transactions or damages "
        + "the file when two connections write or checkpoint at the same moment. The bug is fixed in 3.51.3, 3.50.7 and 3.44.6. Remove "
        + $"{SqliteLibrary.Variable} to use the bundled version, let it name a version with the fix, or update "
        + "SQLitePCLRaw.bundle_e_sqlite3. The option AllowUnsafeSqlite (WORKFLOW_ALLOW_UNSAFE_SQLITE=true) accepts the risk.",
        isTransient: false);

    private static SqlErrorKind ClassifyCode(int code) => code switch
    {
        raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_ROWID =>
            SqlErrorKind.UniqueViolation,
        raw.SQLITE_IOERR_NOMEM => SqlErrorKind.OutOfMemory,
        IoErrorCorruptFileSystem => SqlErrorKind.Corrupt,
        ReadOnlyMoved => SqlErrorKind.Replaced,
        _ => ClassifyPrimary(code & PrimaryMask),
    };

    private static SqlErrorKind ClassifyPrimary(int code) => code switch
    {
        raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE => SqlErrorKind.None,

        // "Protocol": the readers of a write-ahead log gave up racing for a lock.
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL => SqlErrorKind.Busy,
        raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => SqlErrorKind.CannotOpen,
        raw.SQLITE_CONSTRAINT => SqlErrorKind.ConstraintViolation,
        raw.SQLITE_CORRUPT => SqlErrorKind.Corrupt,
        raw.SQLITE_FULL => SqlErrorKind.Full,
        raw.SQLITE_INTERRUPT => SqlErrorKind.Interrupted,
        raw.SQLITE_IOERR => SqlErrorKind.Io,
        raw.SQLITE_NOMEM => SqlErrorKind.OutOfMemory,
        raw.SQLITE_NOTADB => SqlErrorKind.NotADatabase,
        raw.SQLITE_READONLY => SqlErrorKind.ReadOnly,
        raw.SQLITE_TOOBIG => SqlErrorKind.TooBig,
        _ => SqlErrorKind.Other,
    };

    private static (string Code, bool IsTransient, string Happened, string Remedy) Describe(SqlErrorKind kind) =>
        kind switch
        {
            SqlErrorKind.Busy => (ErrorCodes.DatabaseBusy, true, "is held by another connection",
                "Try again; if it stays so, look for a program that keeps a transaction open on this file."),
            SqlErrorKind.Full => (ErrorCodes.DiskFull, true, "cannot grow",
                "Free space on its disk, or raise the quota; work goes on by itself then."),
            SqlErrorKind.Io => (ErrorCodes.Io, true, "could not be read or written",
                "Check the disk and the mount, then try again."),
            SqlErrorKind.Corrupt => (ErrorCodes.DatabaseCorrupt, false, "is damaged",
                "Restore it from a backup, or rescue its rows with the .recover command of the sqlite3 shell."),
            SqlErrorKind.NotADatabase => (ErrorCodes.NotADatabase, false, "is not a SQLite file",
                "Point DatabaseUrl to another file; this one was not changed."),
            SqlErrorKind.Replaced => (ErrorCodes.DatabaseReplaced, false, "was changed under this process",
                "Nothing is read or written any more. Stop every process that uses it, put the right file in place (the one that was moved "
                + "away, or a backup), and start again; never delete, move or overwrite a database that is open, nor its -wal and -shm."),
            SqlErrorKind.ReadOnly => (ErrorCodes.DatabaseReadOnly, false, "does not accept writes",
                "Give this process the right to write the file and its folder, on a mount that is not read-only."),
            SqlErrorKind.CannotOpen => (ErrorCodes.DatabaseUnavailable, false, "cannot be opened",
                "Check that its folder exists and may be written, and that this process may open more files."),
            SqlErrorKind.OutcomeUnknown => (ErrorCodes.OutcomeUnknown, false, "did not confirm a write",
                "It may or may not have taken effect; read the state before writing again."),
            _ => DescribeStatement(kind),
        };

    private static (string Code, bool IsTransient, string Happened, string Remedy) DescribeStatement(
        SqlErrorKind kind) =>
        kind switch
        {
            SqlErrorKind.GuardFailed => (ErrorCodes.Storage, false, "refused a write that is out of date",
                "The state was changed elsewhere; read it again."),
            SqlErrorKind.UniqueViolation => (ErrorCodes.Storage, false, "has a row with that key already",
                "Use another key, or read the existing row."),
            SqlErrorKind.ConstraintViolation => (ErrorCodes.Storage, false, "refused a row that breaks its schema",
                "Correct the values; if they come from this library, report it with this message."),
            SqlErrorKind.Interrupted => (ErrorCodes.Storage, true, "was told to stop a statement", "Try again."),
            SqlErrorKind.OutOfMemory => (ErrorCodes.Storage, true, "got no memory for a statement",
                "Raise the memory limit of the process or give it less work, then try again."),
            SqlErrorKind.TooBig => (ErrorCodes.Storage, false, "does not take a value of that length",
                "Store large values elsewhere and pass a reference to them."),
            SqlErrorKind.Other => (ErrorCodes.Storage, false, "could not execute a statement",
                "If the statement is yours, correct it; if not, report it with this message."),
            _ => throw new UnreachableException($"{kind} is no error to report."),
        };

    /// <summary>A trigger raises its name; a check has it as its own.</summary>
    private static string? FindGuardKind(string message)
    {
        var bare = Bare(message);
        var name = bare.StartsWith(CheckPrefix, StringComparison.Ordinal) ? bare[CheckPrefix.Length..] : bare;
        return name.StartsWith(GuardPrefix, StringComparison.Ordinal) ? name[GuardPrefix.Length..] : null;
    }

    private static string Bare(string message) => ProviderWording().Match(message) is { Success: true } match
        ? match.Groups[1].Value
        : message;

    /// <summary>SqliteException puts SQLite's own message in quotes.</summary>
    [GeneratedRegex(@"^SQLite Error \d+: '(.*)'\.\z", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex ProviderWording();
}
