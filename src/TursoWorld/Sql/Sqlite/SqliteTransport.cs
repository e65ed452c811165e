using System.Diagnostics;
using SQLitePCL;
using TursoWorld.Diagnostics;

namespace TursoWorld.Sql.Sqlite;

/// <summary>Writes a flush as one transaction on one connection, with savepoints once a unit of it has failed half way.</summary>
internal sealed class SqliteTransport : IUnitTransport
{
    private const int MicrosecondsBetweenPolls = 300;
    private static readonly TimeSpan BusyReports = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRush = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(1);
    private static readonly SqlStatement Savepoint = new(SqlitePragmas.Savepoint);
    private static readonly SqlStatement Release = new(SqlitePragmas.Release);
    private static readonly IReadOnlyList<SqlRow> NoRows = [];

    private readonly SqliteConnections _connections;
    private readonly WorldDiagnostics _diagnostics;
    private readonly SqliteLogRoom? _logRoom; // where no commit waits for the disk, none waits for the length of a file
    private SqliteSession _session;
    private long _rushBegan = Stopwatch.GetTimestamp();
    private long _lastCommit;
    private long _lookedAt;

    /// <exception cref="StorageException">The database cannot be opened.</exception>
    public SqliteTransport(
        SqliteConnections connections, WorldDiagnostics diagnostics, CancellationToken cancellationToken = default)
    {
        (_connections, _diagnostics) = (connections, diagnostics);
        _session = new SqliteSession(connections.OpenWriter(cancellationToken));
        connections.Files.Begin(_session, diagnostics);
        _logRoom = connections.Settings.Durability == Durability.Full ? new SqliteLogRoom(_session.Connection) : null;
    }

    public SqliteSession Session => _session;

    /// <summary>True while other processes want the lock as well.</summary>
    public bool IsShared { get; set; }

    public bool TryBegin()
    {
        LeaveGap();
        return _connections.Files.Failure is null && Begin() == raw.SQLITE_OK;
    }

    public ValueTask<UnitResult?> BeginAsync(long askedAt, CancellationToken stopping)
    {
        LeaveGap();
        var polling = Stopwatch.GetTimestamp();
        var nextReport = BusyReports;
        while (true)
        {
            if (_connections.Files.Failure is { } changed)
            {
                return ValueTask.FromResult<UnitResult?>(Replaced(changed));
            }

            if (Begin() == raw.SQLITE_OK)
            {
                return ValueTask.FromResult<UnitResult?>(null);
            }

            var failure = Failure();
            if (failure.Error != SqlErrorKind.Busy || stopping.IsCancellationRequested || HasWaitedInVain(askedAt))
            {
                return ValueTask.FromResult<UnitResult?>(failure);
            }

            // BUSY at BEGIN has changed nothing: the callers keep waiting, and somebody hears about it.
            if (Stopwatch.GetElapsedTime(polling) is var elapsed && elapsed > nextReport)
            {
                _diagnostics.DatabaseBusy(_connections.Name, elapsed);
                nextReport = elapsed + BusyReports;
            }

            NativeSleep.Microseconds(MicrosecondsBetweenPolls);
        }
    }

    public bool HasWaitedInVain(long askedAt) => Stopwatch.GetElapsedTime(askedAt) >= _connections.Settings.BusyTimeout;

    /// <remarks>
    /// A unit that is refused by its guard, or for its first row, has written nothing, so most flushes need no savepoints, which
    /// would copy every page that a unit touches. When a unit fails half way, all of them are written again, with savepoints.
    /// </remarks>
    public async ValueTask<IReadOnlyList<UnitResult>?> ExecuteAsync(
        IReadOnlyList<Unit> units, CancellationToken stopping)
    {
        var outcomes = new UnitResult[units.Count];
        if (!TryRunAll(units, outcomes))
        {
            Rollback();
            if (await BeginAsync(Stopwatch.GetTimestamp(), stopping).ConfigureAwait(false) is { } refusal)
            {
                return Array.ConvertAll(outcomes, _ => refusal);
            }

            for (var i = 0; i < units.Count && !_session.IsAutocommit; i++)
            {
                outcomes[i] = Execute(units[i]);
            }
        }

        if (_session.IsAutocommit)
        {
            // SQLite has given the whole transaction up. A later statement would commit by itself.
            return units.Count == 1 ? outcomes : null;
        }

        var failure = Commit();
        if (failure is null)
        {
            return outcomes;
        }

        // Refused as a whole, it may still fit one by one. Perhaps written, it must not be written again; for a lock, all have waited; and
        // files that are not ours take nothing.
        var isFinal = failure.Error is SqlErrorKind.OutcomeUnknown or SqlErrorKind.Busy or SqlErrorKind.Replaced;
        var isLost = !isFinal && units.Count > 1;
        return isLost ? null : Fail(outcomes, failure);
    }

    /// <summary>Ends the transaction that <see cref="BeginAsync"/> opened.</summary>
    /// <returns>Null when it is committed.</returns>
    public UnitResult? Commit()
    {
        var began = Stopwatch.GetTimestamp();
        var code = _session.Run(SqlitePragmas.Commit);
        while (code == raw.SQLITE_BUSY && !_session.IsAutocommit && !HasWaitedInVain(began))
        {
            // Only a database that is not in WAL mode: a reader of another program is still at work.
            NativeSleep.Microseconds(MicrosecondsBetweenPolls);
            code = _session.Run(SqlitePragmas.Commit);
        }

        _lastCommit = Stopwatch.GetTimestamp();
        var failure = code == raw.SQLITE_OK ? null : Failure();
        Rollback(); // does nothing after a commit
        if (FindReplacement(failure is null) is { } changed)
        {
            return Replaced(changed); // a commit in a file that nobody will find again
        }

        if (failure is null)
        {
            return null;
        }

        var mayBeInTheLog = failure.Error is SqlErrorKind.Io or SqlErrorKind.OutOfMemory;
        return mayBeInTheLog && !TrySettle() ? OutcomeUnknown(failure) : failure;
    }

    public void Rollback()
    {
        if (!_session.IsAutocommit)
        {
            _session.Run(SqlitePragmas.Rollback);
        }
    }

    /// <summary>Runs one unit inside the open transaction, behind a savepoint of its own.</summary>
    public UnitResult Execute(Unit unit)
    {
        if (_session.Run(Savepoint) != raw.SQLITE_OK)
        {
            return Failure();
        }

        var outcome = Run(unit, out _);
        if (!outcome.IsCommitted && !_session.IsAutocommit)
        {
            _session.Run(SqlitePragmas.RollbackToSavepoint);
        }

        if (!_session.IsAutocommit)
        {
            _session.Run(Release);
        }

        return outcome;
    }

    public ValueTask DisposeAsync()
    {
        _logRoom?.Dispose(); // first: whoever closes a database last deletes its log
        _connections.PrepareToClose(_session.Connection);
        _session.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <returns><c>SQLITE_OK</c> when a transaction is open, or the error.</returns>
    private int Begin()
    {
        var code = _session.Run(SqlitePragmas.Begin);
        if (code == raw.SQLITE_OK)
        {
            _logRoom?.Extend();
        }

        return code;
    }

    /// <returns>False when a unit failed half way, and what it wrote has to be undone.</returns>
    private bool TryRunAll(IReadOnlyList<Unit> units, UnitResult[] outcomes)
    {
        for (var i = 0; i < units.Count; i++)
        {
            outcomes[i] = Run(units[i], out var hasWritten);
            if (_session.IsAutocommit)
            {
                return true; // the caller sees it, too
            }

            if (!outcomes[i].IsCommitted && hasWritten)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Runs guard and statements up to the first that fails, which may itself have written some of its rows.</summary>
    private UnitResult Run(Unit unit, out bool hasWritten)
    {
        hasWritten = false;
        var changes = _session.TotalChanges;
        List<SqlRow>? returned = null;
        if (unit.Guard is { } guard && Run(guard, ref returned) is { } refusal)
        {
            return refusal;
        }

        var rows = new IReadOnlyList<SqlRow>[unit.Statements.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            returned = null;
            if (Run(unit.Statements[i], ref returned) is { } failure)
            {
                hasWritten |= _session.TotalChanges != changes;
                return failure;
            }

            hasWritten = true;
            rows[i] = returned ?? NoRows;
        }

        return UnitResult.Committed(rows);
    }

    private UnitResult? Run(SqlStatement statement, ref List<SqlRow>? rows) =>
        _session.Run(statement, ref rows) == raw.SQLITE_OK ? null : Failure();

    private UnitResult Failure()
    {
        var message = _session.ErrorMessage;
        var kind = SqliteErrors.Classify(_session.ExtendedErrorCode, message, out var guard);
        return kind == SqlErrorKind.GuardFailed
            ? UnitResult.GuardFailed(guard!) // classified as a guard because it was named
            : UnitResult.Failed(kind, SqliteErrors.ToException(kind, _connections.Name, message, null));
    }

    /// <summary>
    /// An I/O error at COMMIT leaves frames at the end of the write-ahead log that nobody sees now and that a recovery
    /// after a crash may find. A commit of our own takes their place, and they are gone for good.
    /// </summary>
    /// <returns>False when the disk does not take that one either: the outcome is unknown.</returns>
    private bool TrySettle()
    {
        try
        {
            // What the file holds shows only to a connection that has read it anew.
            var session = new SqliteSession(_connections.OpenWriter(CancellationToken.None));
            _session.Dispose();
            _session = session;
        }
        catch (WorldException)
        {
            return false; // the caller reports the error that led here
        }

        string[] settle =
        [
            SqlitePragmas.Begin, SqlitePragmas.CreateSettled, SqlitePragmas.DropSettled, SqlitePragmas.Commit,
        ];
        var isSettled = Array.TrueForAll(settle, text => _session.Run(text) == raw.SQLITE_OK);
        Rollback();
        return isSettled;
    }

    // Three questions to the system cost as much as a small statement, and what is acknowledged a moment after the file was deleted fares
    // like what was acknowledged a moment before.
    private StorageException? FindReplacement(bool canWait)
    {
        if (canWait && Stopwatch.GetElapsedTime(_lookedAt, _lastCommit) < BetweenLooks)
        {
            return _connections.Files.Failure;
        }

        _lookedAt = _lastCommit;
        return _connections.Files.Look();
    }

    private static UnitResult Replaced(StorageException changed) => UnitResult.Failed(SqlErrorKind.Replaced, changed);

    private UnitResult OutcomeUnknown(UnitResult failure) => UnitResult.Failed(
        SqlErrorKind.OutcomeUnknown,
        SqliteErrors.ToException(SqlErrorKind.OutcomeUnknown, _connections.Name, failure.Exception!.Message, failure.Exception));

    private static UnitResult[] Fail(UnitResult[] outcomes, UnitResult failure) =>
        Array.ConvertAll(outcomes, outcome => outcome.IsCommitted ? failure : outcome);

    // Whoever commits back to back gets the lock again before a process that polls for it has looked: after a rush,
    // the lock stays free for longer than a poll.
    private void LeaveGap()
    {
        var now = Stopwatch.GetTimestamp();
        if (!IsShared || Stopwatch.GetElapsedTime(_lastCommit, now) > TimeSpan.FromMilliseconds(1))
        {
            _rushBegan = now;
            return;
        }

        if (Stopwatch.GetElapsedTime(_rushBegan, now) > LongestRush)
        {
            NativeSleep.Microseconds(1_000);
            _rushBegan = Stopwatch.GetTimestamp();
        }
    }
}
