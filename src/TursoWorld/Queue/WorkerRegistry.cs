using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>What a worker registry works with.</summary>
/// <param name="WorkerId">The id of this process at this database.</param>
/// <param name="LockFolderAndName">What the lock files of workers begin with; null when no other process can exist.</param>
/// <param name="Lease">How long a lease lasts that nobody renews.</param>
internal sealed record WorkerSettings(string WorkerId, string? LockFolderAndName, TimeSpan Lease)
{
    /// <summary>How much time lies between two looks at the others, at least.</summary>
    public TimeSpan LookInterval { get; init; }

    /// <summary>Whether others can go on with what is still held at the end.</summary>
    public bool GivesBackAtEnd { get; init; } = true;
}

/// <summary>
/// Enters this process among those that have the database open, and frees the messages of those that died: at once when
/// their lock file can be taken, at the end of a lease that nobody has renewed otherwise.
/// </summary>
internal sealed class WorkerRegistry(
    ISqlDatabase database, WorkerSettings settings, WakeHub hub, TimeProvider timeProvider, WorldDiagnostics diagnostics)
    : IAsyncDisposable
{
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(5);

    private readonly Dictionary<LeaseRow, long> _standingStill = [];
    private WorkerLock? _lock;
    private long? _lastLook;
    private TimeSpan _pause = settings.LookInterval;
    private bool _canTellTheDead;

    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        if (settings.LockFolderAndName is null)
        {
            return;
        }

        // The lock before the row: a worker whose row can be read is one that can be asked whether it lives.
        var path = PathOf(settings.WorkerId);
        _lock = WorkerLock.Create(path);
        _canTellTheDead = WorkerLock.KeepsOthersOut(path);
        await InsertAsync(cancellationToken).ConfigureAwait(false);
        await LookAsync(cancellationToken).ConfigureAwait(false);
        if (_canTellTheDead)
        {
            await SweepAsync(settings.LockFolderAndName, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Looks after the other workers: frees what the dead held, and notes whether anybody else is there.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_lastLook is { } last && timeProvider.GetElapsedTime(last) < _pause)
        {
            return;
        }

        _lastLook = timeProvider.GetTimestamp();
        if (_lock is not null)
        {
            await LookAtOthersAsync(cancellationToken).ConfigureAwait(false);
        }

        await EndStandingLeasesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets go of the lock after an attempt to open the database that failed.</summary>
    public void Abandon() => _lock?.Dispose();

    /// <summary>
    /// Leaves: the row first, so that nobody takes the worker for dead, and with it what a step that did not listen still
    /// holds. If somebody keeps the database locked, the row stays; whoever finds it without its file removes it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!settings.GivesBackAtEnd)
        {
            return;
        }

        using var patience = new CancellationTokenSource(LongestGoodbye, timeProvider);
        try
        {
            var leave = new Unit(
                new SqlStatement(WorkerSql.Delete, ("worker_id", settings.WorkerId)),
                new SqlStatement(QueueSql.GiveBackLeases, ("lease_owner", settings.WorkerId), ("now", timeProvider.GetUtcNow())));
            var left = await database.WriteAsync(leave, patience.Token).WaitAsync(patience.Token).ConfigureAwait(false);
            left.ThrowUnlessCommitted();
        }
        catch (Exception exception) when (exception is OperationCanceledException or StorageException)
        {
            diagnostics.LoopFailed("worker.leave", exception);
        }
        finally
        {
            _lock?.Dispose();
        }
    }

    private async Task LookAtOthersAsync(CancellationToken cancellationToken)
    {
        var workers = await database.ReadAsync(
            reader => reader.QueryAsync<string>(WorkerSql.List), cancellationToken).ConfigureAwait(false);
        if (!workers.Remove(settings.WorkerId))
        {
            await InsertAsync(cancellationToken).ConfigureAwait(false); // somebody took us for dead
        }

        var living = 0;
        foreach (var workerId in workers)
        {
            living += await IsAliveAsync(workerId, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        }

        database.IsShared = living > 0;
    }

    private async Task<bool> IsAliveAsync(string workerId, CancellationToken cancellationToken)
    {
        var path = PathOf(workerId);
        if (!File.Exists(path))
        {
            // It has left, or somebody has removed its file. Whatever leases it has end by standing still.
            var forget = new Unit(new SqlStatement(WorkerSql.DeleteIdle, ("worker_id", workerId)));
            (await database.WriteAsync(forget, cancellationToken).ConfigureAwait(false)).ThrowUnlessCommitted();
            return true;
        }

        using var taken = _canTellTheDead ? WorkerLock.TryTake(path) : null;
        if (taken is null)
        {
            return true;
        }

        await RecoverAsync(workerId, cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>
    /// Removes the lock files of processes that were killed while they opened the database: nobody holds the lock, and no row says that
    /// there has been a worker. One that is just opening it makes its file anew.
    /// </summary>
    internal async Task SweepAsync(string lockFolderAndName, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (path, workerId) in WorkerLock.FindAll(lockFolderAndName).Where(found => found.WorkerId != settings.WorkerId))
            {
                using var taken = WorkerLock.TryTake(path);
                if (taken is not null && await HasRowAsync(workerId, cancellationToken).ConfigureAwait(false))
                {
                    await RecoverAsync(workerId, cancellationToken).ConfigureAwait(false); // it has died since the look
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            diagnostics.LoopFailed("worker.sweep", exception); // a folder that may not be listed; the files do no harm
        }
    }

    private async Task<bool> HasRowAsync(string workerId, CancellationToken cancellationToken)
    {
        var workers = await database.ReadAsync(
            reader => reader.QueryAsync<string>(WorkerSql.List), cancellationToken).ConfigureAwait(false);
        return workers.Contains(workerId);
    }

    private async Task InsertAsync(CancellationToken cancellationToken)
    {
        var insert = new SqlStatement(
            WorkerSql.Insert,
            ("worker_id", settings.WorkerId),
            ("process_id", Environment.ProcessId),
            ("started_at", timeProvider.GetUtcNow()));
        (await database.WriteAsync(new Unit(insert), cancellationToken).ConfigureAwait(false)).ThrowUnlessCommitted();
    }

    private async Task RecoverAsync(string workerId, CancellationToken cancellationToken)
    {
        var unit = new Unit(
            new SqlStatement(WorkerSql.Delete, ("worker_id", workerId)),
            new SqlStatement(
                QueueSql.EndLeases, ("lease_owner", workerId), ("most", Interruption.Most), ("now", timeProvider.GetUtcNow())));
        var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        diagnostics.WorkerRecovered(workerId, result.ThrowUnlessCommitted().Rows[1].Count);
        hub.SignalMessagesChanged();
        hub.SignalStepsChanged();
        hub.SignalQueueChanged();
    }

    /// <summary>
    /// A worker that does not renew is dead, and nobody could take its lock, or it hangs. Its leases end when they are over by the clock of
    /// all, and have stood still here since a renewal was missed: a clock that was set makes them over at once, but nobody living
    /// misses a renewal by it.
    /// </summary>
    private async Task EndStandingLeasesAsync(CancellationToken cancellationToken)
    {
        // A worker renews three times per lease: what has less than two thirds left has missed one.
        var now = SqlTime.ToColumn(timeProvider.GetUtcNow());
        var arguments = new { now = now + (long)(settings.Lease.TotalMilliseconds * 2 / 3) };
        var unrenewed = await database.ReadAsync(
            reader => reader.QueryAsync<LeaseRow>(QueueSql.Lapsed, arguments), cancellationToken)
            .ConfigureAwait(false);
        foreach (var renewed in _standingStill.Keys.Except(unrenewed).ToList())
        {
            _standingStill.Remove(renewed);
        }

        var timestamp = timeProvider.GetTimestamp();
        var over = new List<LeaseRow>();
        _pause = settings.LookInterval;
        foreach (var lease in unrenewed)
        {
            _standingStill.TryAdd(lease, timestamp);
            var left = TimeSpan.FromMilliseconds(lease.lease_ends_at - now);
            var toWatch = (settings.Lease / 2) - timeProvider.GetElapsedTime(_standingStill[lease], timestamp);
            var wait = left > toWatch ? left : toWatch;
            if (wait <= TimeSpan.Zero)
            {
                over.Add(lease);
            }
            else if (wait < _pause)
            {
                _pause = wait; // look again when it is over
            }
        }

        foreach (var held in over.GroupBy(lease => lease.lease_owner))
        {
            await EndLeasesAsync(held.Key, [.. held], cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task EndLeasesAsync(string workerId, List<LeaseRow> leases, CancellationToken cancellationToken)
    {
        var ends = leases.ConvertAll(lease => new SqlStatement(
            QueueSql.EndLapsed,
            ("message_key", lease.message_key), ("lease_token", lease.lease_token), ("lease_ends_at", lease.lease_ends_at),
            ("most", Interruption.Most), ("now", timeProvider.GetUtcNow())));
        var result = await database.WriteAsync(new Unit(ends), cancellationToken).ConfigureAwait(false);
        var freed = result.ThrowUnlessCommitted().Rows.Sum(rows => rows.Count);
        if (freed > 0)
        {
            diagnostics.WorkerUnheard(workerId, freed, settings.Lease);
        }

        hub.SignalMessagesChanged();
        hub.SignalStepsChanged();
        hub.SignalQueueChanged();
    }

    private string PathOf(string workerId) => $"{settings.LockFolderAndName}{workerId}";

    private sealed record LeaseRow(long message_key, string lease_token, long lease_ends_at, string lease_owner);
}
