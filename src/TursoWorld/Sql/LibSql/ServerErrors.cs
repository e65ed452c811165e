using System.Globalization;
using System.Net;
using SQLitePCL;
using TursoWorld.LibSql;
using TursoWorld.Sql.Sqlite;

namespace TursoWorld.Sql.LibSql;

/// <summary>Says what the errors of a server mean, and what to do about them.</summary>
internal static class ServerErrors
{
    public const string ResponseTooLarge = "RESPONSE_TOO_LARGE";
    private const string Blocked = "BLOCKED";
    private const string FromPrimary = "PROXY_ERROR";

    /// <summary>Classifies an error of the provider.</summary>
    /// <param name="exception">The error.</param>
    /// <param name="guardKind">Which guard failed; null for every other kind of error.</param>
    public static SqlErrorKind Classify(LibSqlException exception, out string? guardKind)
    {
        guardKind = null;
        if (exception.ServerCode == ResponseTooLarge)
        {
            return SqlErrorKind.TooBig;
        }

        if (exception.IsOutcomeUnknown)
        {
            return SqlErrorKind.OutcomeUnknown;
        }

        if (exception.IsTransactionLost || exception.HttpStatus == HttpStatusCode.TooManyRequests)
        {
            return SqlErrorKind.Busy;
        }

        return exception.ServerCode switch
        {
            Blocked => SqlErrorKind.ReadOnly,
            _ when exception.HttpStatus == HttpStatusCode.Forbidden => SqlErrorKind.ReadOnly,
            _ => ClassifyCode(exception, out guardKind),
        };
    }

    /// <summary>The result of a unit that met the error.</summary>
    public static UnitResult ToResult(LibSqlException exception, string database)
    {
        var kind = Classify(exception, out var guard);
        return guard is not null ? UnitResult.GuardFailed(guard) : UnitResult.Failed(kind, ToException(exception, database));
    }

    /// <summary>As <see cref="ToResult"/>, for a statement in front of the commit: whatever became of it, it was undone.</summary>
    public static UnitResult ToUnwritten(LibSqlException exception, string database) =>
        exception.IsOutcomeUnknown ? TransactionLost(database) : ToResult(exception, database);

    /// <summary>Words the error for whoever called the library.</summary>
    /// <param name="exception">The error.</param>
    /// <param name="database">The name of the database that may be shown: no secrets.</param>
    public static WorldException ToException(LibSqlException exception, string database)
    {
        var kind = Classify(exception, out _);
        if (Describe(kind, exception) is not { } described)
        {
            return SqliteErrors.ToException(kind, database, exception.ServerMessage, exception);
        }

        var (code, isTransient, happened, remedy) = described;
        return new StorageException(
            code, $"Database '{database}' {happened} ({Said(exception)}). {remedy}", isTransient, exception);
    }

    /// <summary>As <see cref="ToException"/>, for a question: without an answer, nothing is in doubt.</summary>
    public static WorldException ToReadException(LibSqlException exception, string database) => exception.IsOutcomeUnknown
        ? new StorageException(
            ErrorCodes.DatabaseUnavailable,
            $"Database '{database}' did not answer ({Said(exception)}). Check that its server runs and can be reached, then try again.",
            isTransient: true,
            exception)
        : ToException(exception, database);

    /// <summary>For a unit that was undone although nothing was wrong with it.</summary>
    public static UnitResult TransactionLost(string database) => UnitResult.Failed(
        SqlErrorKind.Busy,
        new StorageException(
            ErrorCodes.DatabaseBusy,
            $"Database '{database}' has undone a write together with others, or to let another process write. Try again.",
            isTransient: true));

    /// <summary>For a unit whose fate nobody can tell.</summary>
    public static UnitResult OutcomeUnknown(string database, Exception? inner) => UnitResult.Failed(
        SqlErrorKind.OutcomeUnknown,
        new StorageException(
            ErrorCodes.OutcomeUnknown,
            $"Database '{database}' did not confirm a write. It may or may not have taken effect; read the state before writing again.",
            isTransient: false,
            inner));

    /// <summary>For a unit that was not sent because the server answers reads, and writes no more.</summary>
    public static UnitResult Stalled(string database, TimeSpan elapsed) => UnitResult.Failed(
        SqlErrorKind.Busy,
        new StorageException(
            ErrorCodes.DatabaseStalled,
            $"Database '{database}' answers reads, and has left writes without an answer for {(long)elapsed.TotalSeconds} s: its queue of "
            + "writers hangs. Restart the server (sqld); work goes on by itself then.",
            isTransient: true));

    /// <summary>For a unit that was not sent because the server does not answer.</summary>
    public static UnitResult NoAnswer(string database, TimeSpan elapsed, Exception? inner) => UnitResult.Failed(
        SqlErrorKind.CannotOpen,
        new StorageException(
            ErrorCodes.DatabaseUnavailable,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Database '{database}' has not answered for {elapsed.TotalSeconds:0.#} s. Check that its server runs and can be reached."),
            isTransient: true,
            inner));

    // The server's own words, or the provider's where the server has said nothing.
    private static string Said(LibSqlException exception) =>
        (exception.ServerMessage.Length > 0 ? exception.ServerMessage : exception.Message).TrimEnd('.');

    private static SqlErrorKind ClassifyCode(LibSqlException exception, out string? guardKind)
    {
        guardKind = null;
        if (exception.HttpStatus is not null)
        {
            return SqlErrorKind.CannotOpen; // nothing of SQLite has been asked
        }

        if (exception.ServerCode == FromPrimary
            && SqliteErrors.Classify(raw.SQLITE_CONSTRAINT_TRIGGER, exception.ServerMessage, out guardKind) == SqlErrorKind.GuardFailed)
        {
            return SqlErrorKind.GuardFailed; // a replica passes the text on, and no code
        }

        if (exception.SqliteErrorCode != 0)
        {
            return SqliteErrors.Classify(exception.SqliteExtendedErrorCode, exception.ServerMessage, out guardKind);
        }

        return exception switch
        {
            { ServerCode: not null, IsTransient: true } => SqlErrorKind.Busy,
            { ServerCode: not null } => SqlErrorKind.Other,
            _ => SqlErrorKind.CannotOpen,
        };
    }

    private static (string Code, bool IsTransient, string Happened, string Remedy)? Describe(
        SqlErrorKind kind, LibSqlException exception) =>
        (kind, exception.HttpStatus) switch
        {
            (SqlErrorKind.Busy, _) => (ErrorCodes.DatabaseBusy, true, "has too much to do",
                "Try again; if it stays so, let fewer processes write to it."),
            (SqlErrorKind.ReadOnly, _) when exception.ServerCode == Blocked => (ErrorCodes.DatabaseReadOnly, false, "is blocked",
                "Let the operator of the server unblock it, or look at the limits of your plan."),
            (SqlErrorKind.ReadOnly, _) => (ErrorCodes.DatabaseReadOnly, false, "does not accept writes with this token",
                "Give AuthToken a token that may write."),
            (SqlErrorKind.CannotOpen, HttpStatusCode.Unauthorized) => (ErrorCodes.DatabaseAccessDenied, false, "does not accept the token",
                "Check AuthToken: whether it is given, meant for this database, and has not expired."),
            (SqlErrorKind.CannotOpen, HttpStatusCode.NotFound) => (ErrorCodes.DatabaseUnavailable, false, "does not exist there",
                "Check DatabaseUrl, and the database or namespace that it and the token are for."),
            (SqlErrorKind.CannotOpen, _) => (ErrorCodes.DatabaseUnavailable, exception.IsTransient, "cannot be reached",
                "Check that its server runs and can be reached at DatabaseUrl, then try again."),
            (SqlErrorKind.Full, _) => (ErrorCodes.DiskFull, true, "cannot grow",
                "Free space on the disk of its server; work goes on by itself then."),
            (SqlErrorKind.Io, _) => (ErrorCodes.Io, true, "could not be read or written",
                "Check the disk of its server, then try again."),
            _ => null,
        };
}
