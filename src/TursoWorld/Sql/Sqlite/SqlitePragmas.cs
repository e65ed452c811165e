namespace TursoWorld.Sql.Sqlite;

/// <summary>Statements that steer a connection, and touch no table of the library.</summary>
internal static class SqlitePragmas
{
    public const string Wal = "PRAGMA journal_mode = WAL";

    public const string DeleteJournal = "PRAGMA journal_mode = DELETE";

    public const string NoJournal = "PRAGMA journal_mode = OFF";

    /// <summary>Indexes too: <c>quick_check</c> calls a file sound whose unique index has lost its entries.</summary>
    public const string IntegrityCheck = "PRAGMA integrity_check(100)";

    /// <summary>A transaction that has not read yet sees nothing: with <see cref="BeginDeferred"/>, what is there now stays visible.</summary>
    public const string LookAtSchema = "PRAGMA schema_version";

    public const string BeginDeferred = "BEGIN";

    public const string SynchronousFull = "PRAGMA synchronous = FULL";

    public const string SynchronousNormal = "PRAGMA synchronous = NORMAL";

    /// <summary>macOS: fsync alone leaves data in the cache of the drive.</summary>
    public const string FullFsync = "PRAGMA fullfsync = 1";

    /// <summary>The writer polls for the lock itself: a busy handler would sleep too long, and while holding up the loop.</summary>
    public const string NoBusyTimeout = "PRAGMA busy_timeout = 0";

    /// <summary>A reader meets a lock only for a moment: while another process opens, recovers or closes the database.</summary>
    public static string ReaderBusyTimeout(TimeSpan timeout) => $"PRAGMA busy_timeout = {(int)timeout.TotalMilliseconds}";

    /// <summary>
    /// The writer checkpoints whenever the log has this many pages (4 MiB), and cuts the file back when a checkpoint
    /// got through. A reader that is still at work only delays that.
    /// </summary>
    public const string WriterCheckpoint = "PRAGMA wal_autocheckpoint = 1000";

    /// <summary>
    /// Room for what one flush touches (16 MiB). With SQLite's 2 MB, a large flush writes pages to the log before the
    /// commit, and reads them back.
    /// </summary>
    public const string WriterCache = "PRAGMA cache_size = -16384";

    public const string WalSizeLimit = "PRAGMA journal_size_limit = 67108864";

    /// <summary>Readers leave checkpoints to the writer: one would make its caller pay for an fsync.</summary>
    public const string NoCheckpoint = "PRAGMA wal_autocheckpoint = 0";

    public const string QueryOnly = "PRAGMA query_only = ON";

    public const string QueryAndWrite = "PRAGMA query_only = OFF";

    public const string PageCount = "PRAGMA page_count";

    public const string PageSize = "PRAGMA page_size";

    public const string DataVersion = "PRAGMA data_version";

    public const string Begin = "BEGIN IMMEDIATE";

    public const string Commit = "COMMIT";

    public const string Rollback = "ROLLBACK";

    /// <summary>With <see cref="DropSettled"/>, a transaction that writes and leaves nothing behind.</summary>
    public const string CreateSettled = "CREATE TABLE tursoworld_settled (nothing)";

    public const string DropSettled = "DROP TABLE tursoworld_settled";

    public const string Savepoint = "SAVEPOINT unit";

    public const string RollbackToSavepoint = "ROLLBACK TO unit";

    public const string Release = "RELEASE unit";
}
