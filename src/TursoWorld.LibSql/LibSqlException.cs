using System.Data.Common;
using System.Net;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql;

/// <summary>A libSQL server refused something, or could not be reached.</summary>
public sealed class LibSqlException : DbException
{
    internal LibSqlException(string message, Failure failure, Exception? innerException = null)
        : base(message, innerException)
    {
        SqliteErrorCode = failure.SqliteCode;
        SqliteExtendedErrorCode = failure.SqliteExtendedCode;
        ServerCode = failure.ServerCode;
        ServerMessage = failure.ServerMessage;
        HttpStatus = failure.HttpStatus;
        RetryAfter = failure.RetryAfter;
        IsTransactionLost = failure.IsTransactionLost;
        IsOutcomeUnknown = failure.IsOutcomeUnknown;
        IsTransient = failure.IsTransient && !failure.IsOutcomeUnknown;
    }

    /// <summary>SQLite's primary result code, for example 19 for a violated constraint; 0 when SQLite had no part in it.</summary>
    public int SqliteErrorCode { get; }

    /// <summary>
    /// SQLite's extended result code, as far as the server's text tells it, for example 2067 for a violated UNIQUE constraint
    /// (the text does not tell a primary key from it); else the primary one.
    /// </summary>
    public int SqliteExtendedErrorCode { get; }

    /// <summary>The server's own code, for example <c>SQLITE_BUSY</c> or <c>TRANSACTION_TIMEOUT</c>; null when it gave none.</summary>
    public string? ServerCode { get; }

    /// <summary>What the server said, without the prefixes it puts before SQLite's words; empty when it said nothing.</summary>
    public string ServerMessage { get; }

    /// <summary>The status of the answer when it was not 200; null when there was no answer, or when a statement failed.</summary>
    public HttpStatusCode? HttpStatus { get; }

    /// <summary>How long the server asks to wait before the next attempt; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>
    /// Whether the same may succeed later. For a lost transaction that means the transaction from its beginning. Never true when
    /// <see cref="IsOutcomeUnknown"/> is.
    /// </summary>
    public override bool IsTransient { get; }

    /// <summary>
    /// Whether the change may or may not have been made, because its answer was lost. Look before repeating it.
    /// </summary>
    public bool IsOutcomeUnknown { get; }

    /// <summary>Whether the transaction is gone. Nothing of it was written; repeat it from its beginning.</summary>
    public bool IsTransactionLost { get; }

    /// <summary>The command of a batch that failed; null for any other failure.</summary>
    protected override DbBatchCommand? DbBatchCommand => FailedCommand;

    internal LibSqlBatchCommand? FailedCommand { get; set; }
}
