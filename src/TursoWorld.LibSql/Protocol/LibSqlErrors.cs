using System.Net;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Makes exceptions of what the server says: the codes recovered, the remedy added.</summary>
internal static class LibSqlErrors
{
    private static readonly string[] Prefixes = ["error executing a request on the primary: ", "SQLite error: "];

    /// <summary>A statement, or a batch as a whole, failed.</summary>
    public static LibSqlException FromServer(ServerError error)
    {
        var message = WithoutPrefixes(error.Message);
        var primary = SqliteCodes.PrimaryOf(error.Code, message);
        var isLost = error.Code == "TRANSACTION_TIMEOUT"
            || (error.Code == "PROXY_ERROR" && message.StartsWith("Transaction timed out", StringComparison.Ordinal));
        var failure = new Failure
        {
            ServerCode = error.Code,
            ServerMessage = message,
            SqliteCode = primary,
            SqliteExtendedCode = SqliteCodes.ExtendedOf(primary, error.Code, message),
            IsTransactionLost = isLost,
            IsTransient = isLost || primary is SqliteCodes.Busy or 6,
        };
        return new LibSqlException(Sentence(message, error.Code) + Remedy(error.Code, message, primary), failure);
    }

    /// <summary>The transaction ended without having been asked to.</summary>
    public static LibSqlException TransactionLost(string reason, LibSqlException? cause = null)
    {
        var failure = new Failure
        {
            SqliteCode = SqliteCodes.Abort,
            SqliteExtendedCode = SqliteCodes.AbortRollback,
            ServerCode = cause?.ServerCode,
            ServerMessage = cause?.ServerMessage ?? "",
            HttpStatus = cause?.HttpStatus,
            RetryAfter = cause?.RetryAfter,
            IsTransactionLost = true,
            IsTransient = true,
        };
        return new LibSqlException(
            $"The transaction is lost: {reason} Nothing of it was written. Roll it back and repeat it from its beginning.",
            failure,
            cause);
    }

    /// <summary>The request never reached the server.</summary>
    public static LibSqlException NotSent(string what, bool hadStream, Exception? cause) =>
        NotDone($"{what} Nothing was sent.", status: null, new ServerError("", Code: null), hadStream, cause);

    /// <summary>The request was sent, and what became of it is not known.</summary>
    public static LibSqlException AnswerLost(string what, LossEffect effect, Exception? cause, Failure? known = null)
    {
        var failure = (known ?? new Failure()) with
        {
            IsTransient = true,
            IsOutcomeUnknown = effect == LossEffect.OutcomeUnknown,
            IsTransactionLost = effect == LossEffect.TransactionLost,
        };
        return new LibSqlException(what + effect switch
        {
            LossEffect.OutcomeUnknown => " The change may or may not have been made: look before repeating it.",
            LossEffect.TransactionLost => " The transaction is lost and nothing of it was written; repeat it from its beginning.",
            _ => " Nothing was changed; it can be repeated.",
        }, failure, cause);
    }

    /// <summary>The server refused the request before it did anything.</summary>
    public static LibSqlException NotDone(
        string what, HttpStatusCode? status, ServerError error, bool hadStream, Exception? cause = null,
        TimeSpan? retryAfter = null)
    {
        var failure = new Failure
        {
            SqliteCode = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? SqliteCodes.Auth : 0,
            SqliteExtendedCode = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? SqliteCodes.Auth : 0,
            ServerCode = error.Code,
            ServerMessage = error.Message,
            HttpStatus = status,
            RetryAfter = retryAfter,
            IsTransactionLost = hadStream,
            IsTransient = hadStream || status is null or HttpStatusCode.TooManyRequests,
        };
        var lost = hadStream ? " The transaction is lost and nothing of it was written; repeat it from its beginning." : "";
        return new LibSqlException(what + lost, failure, cause);
    }

    public static string Sentence(string message, string? code)
    {
        var text = message.Length > 0 ? message.TrimEnd('.') : "The server gave no reason";
        return code is null ? $"{text}." : $"{text} ({code}).";
    }

    private static string WithoutPrefixes(string message)
    {
        foreach (var prefix in Prefixes)
        {
            if (message.StartsWith(prefix, StringComparison.Ordinal))
            {
                message = message[prefix.Length..];
            }
        }

        return message;
    }

    private static string Remedy(string? code, string message, int primary) => code switch
    {
        "TRANSACTION_TIMEOUT" => " The transaction held the write lock too long while others waited, and the server rolled it back. "
            + "Repeat it from its beginning, and do less in it.",
        "RESPONSE_TOO_LARGE" => " Select less at a time, or read as a stream: execute the command with "
            + "CommandBehavior.SequentialAccess, or set LibSqlCommand.Streaming.",
        "BLOCKED" => " The operator of the server has blocked this database, or a limit of its plan is used up.",
        "SQL_MANY_STATEMENTS" => " A step is one statement; give each its own.",
        "SQL_NO_STATEMENT" => " The text has no statement in it.",
        "ARGS_INVALID" when primary == SqliteCodes.TooBig => " The server limits the size of a value and of a row; see max_row_size.",
        "SQL_PARSE_ERROR" => " The server's own parser refused it; it knows less than SQLite's.",
        _ when primary == SqliteCodes.Busy => " Another connection holds the write lock. Roll back and repeat the transaction.",
        _ when message.Contains("readonly database", StringComparison.Ordinal) => " The server or the token only allows reading.",
        _ => "",
    };
}
