using Microsoft.Extensions.Logging;

namespace TursoWorld.Diagnostics;

/// <summary>Every line the library logs. Ids are unique and never used again; the ranges belong to the rooms.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Error, "The writer failed; the units that waited have the error")]
    public static partial void WriterFailed(ILogger logger, Exception exception);

    [LoggerMessage(1002, LogLevel.Warning, "Database {Database} has been locked by another process for {ElapsedMs} ms; still waiting")]
    public static partial void DatabaseBusy(ILogger logger, string database, long elapsedMs);

    [LoggerMessage(1003, LogLevel.Error, "Database {Database} answers reads, and has left writes without an answer for {ElapsedMs} ms: restart its server")]
    public static partial void DatabaseStalled(ILogger logger, string database, long elapsedMs);

    [LoggerMessage(1004, LogLevel.Warning, "Database {Database} could not be written to for {ElapsedMs} ms; those who waited have the error")]
    public static partial void DatabaseUnreachable(ILogger logger, string database, long elapsedMs, Exception? exception);

    [LoggerMessage(1005, LogLevel.Warning, "Database {Database} is used with SQLite {Version}, which can lose committed transactions (WAL-reset bug). AllowUnsafeSqlite permits it")]
    public static partial void SqliteUnsafe(ILogger logger, string database, string version);

    [LoggerMessage(1006, LogLevel.Error, "Database {Database} was changed under this process: {Finding}. Nothing is read or written any more")]
    public static partial void DatabaseReplaced(ILogger logger, string database, string finding);

    [LoggerMessage(2001, LogLevel.Information, "Applied migration {Version} ({Name}) to database {Database}")]
    public static partial void MigrationApplied(ILogger logger, string database, long version, string name);

    [LoggerMessage(2002, LogLevel.Debug, "Purged {Count} runs of database {Database}")]
    public static partial void RunsPurged(ILogger logger, int count, string database);

    [LoggerMessage(2003, LogLevel.Information, "Backed up database {Database} to {Path} ({Bytes} bytes)")]
    public static partial void BackupWritten(ILogger logger, string database, string path, long bytes);

    [LoggerMessage(2004, LogLevel.Information, "Purged {Count} dead messages of database {Database}")]
    public static partial void DeadMessagesPurged(ILogger logger, int count, string database);

    [LoggerMessage(3001, LogLevel.Debug, "Claimed message {MessageId} from queue {QueueName} (attempt {Attempt})")]
    public static partial void MessageClaimed(ILogger logger, string messageId, string queueName, int attempt);

    [LoggerMessage(3002, LogLevel.Warning, "Message {MessageId} failed and is due again in {DelayMs} ms")]
    public static partial void MessageFailed(ILogger logger, string messageId, long delayMs, Exception exception);

    [LoggerMessage(3003, LogLevel.Warning, "Lost the lease of message {MessageId}; its work here is cancelled")]
    public static partial void LeaseLost(ILogger logger, string messageId);

    [LoggerMessage(3004, LogLevel.Warning, "Worker {WorkerId} is dead; {Count} of its messages are free again")]
    public static partial void WorkerRecovered(ILogger logger, string workerId, int count);

    [LoggerMessage(3005, LogLevel.Warning, "A background loop ({Loop}) failed and goes on")]
    public static partial void LoopFailed(ILogger logger, string loop, Exception exception);

    [LoggerMessage(3006, LogLevel.Debug, "Message {MessageId} is done")]
    public static partial void MessageCompleted(ILogger logger, string messageId);

    [LoggerMessage(3007, LogLevel.Debug, "Message {MessageId} is due again in {DelayMs} ms")]
    public static partial void MessagePostponed(ILogger logger, string messageId, long delayMs);

    [LoggerMessage(3008, LogLevel.Warning, "Message {MessageId} has failed too often and is dead")]
    public static partial void MessageDead(ILogger logger, string messageId, Exception? exception);

    [LoggerMessage(3009, LogLevel.Warning, "Worker {WorkerId} has not renewed its leases for {LeaseMs} ms: it is dead, or hangs; {Count} of its messages are free again")]
    public static partial void WorkerUnheard(ILogger logger, string workerId, long leaseMs, int count);

    [LoggerMessage(3010, LogLevel.Warning, "Work waits: {Reason}")]
    public static partial void WorkWaits(ILogger logger, string reason);

    [LoggerMessage(5001, LogLevel.Information, "Run {RunId} of workflow {WorkflowName} completed")]
    public static partial void RunCompleted(ILogger logger, string runId, string workflowName);

    [LoggerMessage(5002, LogLevel.Warning, "Run {RunId} of workflow {WorkflowName} failed: {Error}")]
    public static partial void RunFailed(ILogger logger, string runId, string workflowName, string error);

    [LoggerMessage(5003, LogLevel.Debug, "Run {RunId} wrote a turn up to position {Position}")]
    public static partial void TurnWritten(ILogger logger, string runId, long position);

    [LoggerMessage(5004, LogLevel.Debug, "The log of run {RunId} has moved; the turn is dropped and replayed")]
    public static partial void TurnDropped(ILogger logger, string runId);

    [LoggerMessage(5005, LogLevel.Debug, "Run {RunId} is parked until {DueAt}")]
    public static partial void RunParked(ILogger logger, string runId, DateTimeOffset? dueAt);

    [LoggerMessage(5006, LogLevel.Debug, "Run {RunId} replays {Count} events")]
    public static partial void RunReplayed(ILogger logger, string runId, int count);

    [LoggerMessage(5007, LogLevel.Error, "Run {RunId} cannot go on: {Reason}")]
    public static partial void RunBlocked(ILogger logger, string runId, string reason);

    [LoggerMessage(5008, LogLevel.Debug, "Step {StepName} ({StepId}) of run {RunId} begins attempt {Attempt}")]
    public static partial void StepStarted(ILogger logger, string runId, string stepId, string stepName, int attempt);

    [LoggerMessage(5009, LogLevel.Debug, "Step {StepName} ({StepId}) of run {RunId} ended attempt {Attempt}: {Outcome}")]
    public static partial void StepEnded(
        ILogger logger, string runId, string stepId, string stepName, int attempt, string outcome);

    [LoggerMessage(5010, LogLevel.Information, "Run {RunId} is cancelled; nothing of it executes here any more")]
    public static partial void RunCancelled(ILogger logger, string runId);
}
