using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TursoWorld.Diagnostics;

/// <summary>One method per state change: the log line and the signal that tests wait for. Components hold no logger.</summary>
internal sealed class WorldDiagnostics(ILoggerFactory loggerFactory)
{
    private readonly ILogger _logger = new SafeLogger(loggerFactory.CreateLogger("TursoWorld"));

    /// <summary>Raised on whatever thread it happened; handlers must be quick.</summary>
    public event Action<Transition>? Happened;

    public void WriterFailed(Exception exception) => Log.WriterFailed(_logger, exception);

    public void DatabaseBusy(string database, TimeSpan elapsed)
    {
        Log.DatabaseBusy(_logger, database, (long)elapsed.TotalMilliseconds);
        Raise(TransitionKind.DatabaseBusy, database);
    }

    /// <summary>The server answers reads, and leaves writes without an answer.</summary>
    public void DatabaseStalled(string database, TimeSpan elapsed)
    {
        Log.DatabaseStalled(_logger, database, (long)elapsed.TotalMilliseconds);
        Raise(TransitionKind.DatabaseStalled, database);
    }

    public void DatabaseUnreachable(string database, TimeSpan elapsed, Exception? exception)
    {
        Log.DatabaseUnreachable(_logger, database, (long)elapsed.TotalMilliseconds, exception);
        Raise(TransitionKind.DatabaseUnreachable, database);
    }

    public void DatabaseReplaced(string database, string finding)
    {
        Log.DatabaseReplaced(_logger, database, finding);
        Raise(TransitionKind.DatabaseReplaced, database);
    }

    public void SqliteUnsafe(string database, string version) => Log.SqliteUnsafe(_logger, database, version);

    public void MigrationApplied(string database, long version, string name) =>
        Log.MigrationApplied(_logger, database, version, name);

    public void BackupWritten(string database, string path, long bytes)
    {
        Log.BackupWritten(_logger, database, path, bytes);
        Raise(TransitionKind.BackupWritten, path);
    }

    public void CopyStepped(string path) => Raise(TransitionKind.CopyStepped, path);

    public void DeletionStepped(string database) => Raise(TransitionKind.DeletionStepped, database);

    public void CascadeStepped(string database) => Raise(TransitionKind.CascadeStepped, database);

    public void RunsPurged(string database, int count)
    {
        Log.RunsPurged(_logger, count, database);
        Raise(TransitionKind.RunsPurged, database, count.ToString(CultureInfo.InvariantCulture));
    }

    public void DeadMessagesPurged(string database, int count)
    {
        Log.DeadMessagesPurged(_logger, count, database);
        Raise(TransitionKind.DeadMessagesPurged, database, count.ToString(CultureInfo.InvariantCulture));
    }

    public void MessageClaimed(string messageId, string queueName, int attempt)
    {
        Log.MessageClaimed(_logger, messageId, queueName, attempt);
        Raise(TransitionKind.MessageClaimed, messageId);
    }

    public void MessageFailed(string messageId, TimeSpan delay, Exception exception)
    {
        Log.MessageFailed(_logger, messageId, (long)delay.TotalMilliseconds, exception);
        Raise(TransitionKind.MessageFailed, messageId);
    }

    public void MessageCompleted(string messageId)
    {
        Log.MessageCompleted(_logger, messageId);
        Raise(TransitionKind.MessageCompleted, messageId);
    }

    public void MessagePostponed(string messageId, TimeSpan delay)
    {
        Log.MessagePostponed(_logger, messageId, (long)delay.TotalMilliseconds);
        Raise(TransitionKind.MessagePostponed, messageId);
    }

    public void MessageDead(string messageId, Exception? exception)
    {
        Log.MessageDead(_logger, messageId, exception);
        Raise(TransitionKind.MessageDead, messageId);
    }

    public void LeaseLost(string messageId)
    {
        Log.LeaseLost(_logger, messageId);
        Raise(TransitionKind.LeaseLost, messageId);
    }

    public void WorkerRecovered(string workerId, int count)
    {
        Log.WorkerRecovered(_logger, workerId, count);
        Raise(TransitionKind.WorkerRecovered, workerId);
    }

    /// <summary>A worker whose lock cannot be taken from here has let its leases lapse.</summary>
    public void WorkerUnheard(string workerId, int count, TimeSpan lease)
    {
        Log.WorkerUnheard(_logger, workerId, (long)lease.TotalMilliseconds, count);
        Raise(TransitionKind.WorkerRecovered, workerId);
    }

    /// <summary>There is work, and nothing happens.</summary>
    public void WorkWaits(string cause, string reason)
    {
        Log.WorkWaits(_logger, reason);
        Raise(TransitionKind.WorkWaits, cause, reason);
    }

    public void LoopFailed(string loop, Exception exception) => Log.LoopFailed(_logger, loop, exception);

    public void RunCompleted(string runId, string workflowName)
    {
        Log.RunCompleted(_logger, runId, workflowName);
        Raise(TransitionKind.RunCompleted, runId);
    }

    /// <summary>Whoever executed a run has noticed that it is cancelled.</summary>
    public void RunCancelled(string runId)
    {
        Log.RunCancelled(_logger, runId);
        Raise(TransitionKind.RunCancelled, runId);
    }

    public void RunFailed(string runId, string workflowName, StructuredError error)
    {
        Log.RunFailed(_logger, runId, workflowName, error.Message);
        Raise(TransitionKind.RunFailed, runId, error.Code);
    }

    public void TurnWritten(string runId, long position)
    {
        Log.TurnWritten(_logger, runId, position);
        if (Happened is not null)
        {
            Raise(TransitionKind.TurnWritten, runId, position.ToString(CultureInfo.InvariantCulture));
        }
    }

    public void TurnDropped(string runId)
    {
        Log.TurnDropped(_logger, runId);
        Raise(TransitionKind.TurnDropped, runId);
    }

    public void RunParked(string runId, DateTimeOffset? dueAt)
    {
        Log.RunParked(_logger, runId, dueAt);
        Raise(TransitionKind.RunParked, runId);
    }

    public void RunReplayed(string runId, int count)
    {
        Log.RunReplayed(_logger, runId, count);
        Raise(TransitionKind.RunReplayed, runId);
    }

    public void RunBlocked(string runId, string reason)
    {
        Log.RunBlocked(_logger, runId, reason);
        Raise(TransitionKind.RunBlocked, runId, reason);
    }

    public void StepStarted(string runId, string stepId, string stepName, int attempt)
    {
        Log.StepStarted(_logger, runId, stepId, stepName, attempt);
        Raise(TransitionKind.StepStarted, runId, stepName);
    }

    /// <summary>A report of a step has been written.</summary>
    public void StepReported(string runId, string stepName) => Raise(TransitionKind.StepReported, runId, stepName);

    public void StepEnded(string runId, string stepId, string stepName, int attempt, string outcome)
    {
        Log.StepEnded(_logger, runId, stepId, stepName, attempt, outcome);
        Raise(TransitionKind.StepEnded, runId, stepName);
    }

    private void Raise(TransitionKind kind, string subject, string? detail = null) =>
        Happened?.Invoke(new Transition(kind, subject, detail));
}
