namespace TursoWorld.LibSql.Protocol;

/// <summary>SQLite's result codes, of which the server sends names of the primary ones, and texts.</summary>
internal static class SqliteCodes
{
    public const int Error = 1;
    public const int Abort = 4;
    public const int Busy = 5;
    public const int TooBig = 18;
    public const int Constraint = 19;
    public const int Auth = 23;
    public const int AbortRollback = 516;
    public const int ConstraintCheck = 275;
    public const int ConstraintForeignKey = 787;
    public const int ConstraintNotNull = 1299;
    public const int ConstraintTrigger = 1811;
    public const int ConstraintUnique = 2067;
    public const int ConstraintDataType = 3091;

    /// <summary>The primary code: by the server's name of it, or by the text, where a replica hides the name.</summary>
    public static int PrimaryOf(string? serverCode, string message) => serverCode switch
    {
        "SQLITE_INTERNAL" => 2,
        "SQLITE_PERM" => 3,
        "SQLITE_ABORT" or "TRANSACTION_TIMEOUT" => Abort,
        "SQLITE_BUSY" or "TRANSACTION_BUSY" => Busy,
        "SQLITE_LOCKED" => 6,
        "SQLITE_NOMEM" => 7,
        "SQLITE_READONLY" => 8,
        "SQLITE_INTERRUPT" => 9,
        "SQLITE_IOERR" => 10,
        "SQLITE_CORRUPT" => 11,
        "SQLITE_NOTFOUND" => 12,
        "SQLITE_FULL" => 13,
        "SQLITE_CANTOPEN" => 14,
        "SQLITE_PROTOCOL" => 15,
        "SQLITE_SCHEMA" => 17,
        "SQLITE_TOOBIG" or "RESPONSE_TOO_LARGE" => TooBig,
        "SQLITE_CONSTRAINT" => Constraint,
        "SQLITE_MISMATCH" => 20,
        "SQLITE_MISUSE" => 21,
        "SQLITE_NOLFS" => 22,
        "SQLITE_AUTH" or "BLOCKED" => Auth,
        "SQLITE_RANGE" => 25,
        "SQLITE_NOTADB" => 26,
        "PROXY_ERROR" when ConstraintOf(message) is not null => Constraint,
        "PROXY_ERROR" when message.StartsWith("database is locked", StringComparison.Ordinal) => Busy,
        "ARGS_INVALID" when message.Contains("string or blob too big", StringComparison.Ordinal) => TooBig,
        _ => Error,
    };

    public static int ExtendedOf(int primary, string? serverCode, string message) => primary switch
    {
        Constraint => ConstraintOf(message) ?? ConstraintTrigger,
        Abort when serverCode == "TRANSACTION_TIMEOUT" => AbortRollback,
        _ => primary,
    };

    // The text of a trigger's RAISE is the author's own and therefore what is left.
    private static int? ConstraintOf(string message) =>
        message.StartsWith("UNIQUE constraint failed", StringComparison.Ordinal) ? ConstraintUnique
        : message.StartsWith("NOT NULL constraint failed", StringComparison.Ordinal) ? ConstraintNotNull
        : message.StartsWith("CHECK constraint failed", StringComparison.Ordinal) ? ConstraintCheck
        : message.StartsWith("FOREIGN KEY constraint failed", StringComparison.Ordinal) ? ConstraintForeignKey
        : message.StartsWith("cannot store ", StringComparison.Ordinal) ? ConstraintDataType
        : null;
}
