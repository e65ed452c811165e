using System.Data.Common;

namespace TursoWorld.Abstractions;

/// <summary>The only way in which the runtime writes.</summary>
internal interface ITurnWriter
{
    /// <summary>Whether other processes may take up work of this database.</summary>
    bool IsShared { get; }

    /// <summary>Writes a turn, or nothing of it.</summary>
    /// <exception cref="StorageException">The database refused, or the outcome is unknown.</exception>
    Task<TurnReply> WriteAsync(Turn turn, CancellationToken cancellationToken);

    /// <summary>
    /// Runs a transactional step: what it does on the connection and the event that records it are one transaction.
    /// </summary>
    /// <returns>The recorded event, or the reason why nothing was done.</returns>
    Task<TurnReply> TransactAsync(
        ClaimedMessage message,
        StepPlace step,
        Func<DbConnection, CancellationToken, Task<WorkflowEvent.StepCompleted>> body,
        CancellationToken cancellationToken);

    /// <summary>Gives the message back after a failed delivery; it is due again after a while that grows with its failures.</summary>
    /// <param name="message">The message.</param>
    /// <param name="blockedReason">Shown on the run until a turn succeeds; null leaves what is there.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How long that while is.</returns>
    Task<TimeSpan> FailDeliveryAsync(ClaimedMessage message, string? blockedReason, CancellationToken cancellationToken);
}

/// <summary>A step, and the position of the event that created it.</summary>
internal readonly record struct StepPlace(string StepId, long Created);

/// <summary>Reads what the runtime needs about a run whose message it holds.</summary>
internal interface IRunReader
{
    /// <returns>Null when the run has been deleted.</returns>
    Task<ClaimedRun?> FindAsync(long runKey, CancellationToken cancellationToken);

    /// <summary>
    /// The wake-ups counted, and then the beginning of the log behind a position: all of it has at least what they were about.
    /// </summary>
    Task<LogTail> LoadAsync(ClaimedMessage message, long after, CancellationToken cancellationToken);

    /// <summary>What the log has behind a position, as far as it fits into a piece.</summary>
    Task<LogPiece> LoadOnAsync(ClaimedMessage message, long after, CancellationToken cancellationToken);

    /// <summary>How a run ended; null while it has not.</summary>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    Task<RunOutcome?> FindOutcomeAsync(string runId, CancellationToken cancellationToken);

    /// <summary>Those of some runs that are over, or have been deleted since.</summary>
    Task<IReadOnlyList<string>> ListEndedAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellationToken);
}

/// <summary>What does not change about a run.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="Workflow">What it executes.</param>
/// <param name="Seed">What random values of its code derive from: 16 bytes.</param>
internal sealed record RunIdentity(string RunId, WorkflowKey Workflow, ReadOnlyMemory<byte> Seed)
{
    /// <summary>Whether another run began it.</summary>
    public bool IsChild { get; init; }
}

/// <summary>A run as its owner finds it.</summary>
internal sealed record ClaimedRun(RunIdentity Identity, string? BlockedReason);

/// <summary>The end of a log.</summary>
/// <param name="Wakes">The wake-ups counted; null when the message is gone, which it is from the end of the run on.</param>
/// <param name="First">What the log has behind the position asked for.</param>
internal sealed record LogTail(long? Wakes, LogPiece First);

/// <summary>Events in a row, so many that a long log is never in memory as a whole.</summary>
/// <param name="Events">In the order of the log.</param>
/// <param name="HasMore">Whether the log may have more behind them.</param>
internal sealed record LogPiece(IReadOnlyList<WorkflowEvent> Events, bool HasMore)
{
    public static readonly LogPiece Nothing = new([], HasMore: false);
}
