using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Turns;

/// <summary>
/// Cancels runs whose parent is over or has given them up, and then their own children: from notes in the database, in small units. Any
/// number of processes may do so at once.
/// </summary>
internal sealed class Cascade : IAsyncDisposable
{
    // Their cancellations share a commit, and other writers wait for some milliseconds only.
    private const int RunsAtOnce = 100;

    // Guards the two fields below.
    private readonly Lock _lock = new();
    private Task? _sweep;
    private bool _isAsked;

    private readonly CancellationTokenSource _stopping = new();
    private readonly ISqlDatabase _database;
    private readonly WakeHub _hub;
    private readonly TimeProvider _timeProvider;
    private readonly WorldDiagnostics _diagnostics;

    public Cascade(ISqlDatabase database, WakeHub hub, TimeProvider timeProvider, WorldDiagnostics diagnostics)
    {
        (_database, _hub, _timeProvider, _diagnostics) = (database, hub, timeProvider, diagnostics);
        hub.CascadeBegun += Begin;
    }

    /// <summary>Waits for what was begun in this process. What fails is left for the next look.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _sweep is { } sweep ? sweep.WaitAsync(cancellationToken) : Task.CompletedTask;
        }
    }

    /// <summary>Goes on with whatever is noted, also by processes that have died since.</summary>
    public async Task SweepAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var notes = await _database.ReadAsync(
                reader => reader.QueryAsync<CascadeRow>(CascadeSql.List, new { limit = RunsAtOnce }),
                cancellationToken).ConfigureAwait(false);
            if (notes.Count == 0)
            {
                return;
            }

            // All at once: they share commits.
            await Task.WhenAll(notes.Select(note => SweepAsync(note, cancellationToken))).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _hub.CascadeBegun -= Begin;
        Task? sweep;
        lock (_lock)
        {
            _stopping.Cancel();
            sweep = _sweep;
        }

        if (sweep is not null)
        {
            await sweep.ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private void Begin()
    {
        lock (_lock)
        {
            _isAsked = true;
            if (_sweep is null && !_stopping.IsCancellationRequested)
            {
                _sweep = Task.Run(RunAsync);
            }
        }
    }

    private async Task RunAsync()
    {
        while (TakeAsked())
        {
            try
            {
                await SweepAllAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                // What is left is for whoever comes next.
            }
            catch (Exception exception)
            {
                _diagnostics.LoopFailed("turns.cascade", exception);
                _hub.SignalChangedElsewhere(); // some of it may have been written
            }
        }
    }

    private bool TakeAsked()
    {
        lock (_lock)
        {
            var isAsked = _isAsked && !_stopping.IsCancellationRequested;
            _isAsked = false;
            if (!isAsked)
            {
                _sweep = null;
            }

            return isAsked;
        }
    }

    private async Task SweepAsync(CascadeRow note, CancellationToken cancellationToken)
    {
        while (await ListAsync(note, cancellationToken).ConfigureAwait(false) is { Count: > 0 } children)
        {
            await Task.WhenAll(children.Select(child => CancelAsync(note, child, cancellationToken))).ConfigureAwait(false);
            _diagnostics.CascadeStepped(_database.Name);
        }

        var unit = new Unit(new SqlStatement(CascadeSql.Finish, ("cascade_key", note.cascade_key)));
        (await _database.WriteAsync(unit, cancellationToken).ConfigureAwait(false)).ThrowUnlessCommitted();
        _diagnostics.CascadeStepped(_database.Name);
    }

    /// <summary>The next runs to cancel. One that goes on as another run in between is found as that.</summary>
    private async Task<List<ChildRow>> ListAsync(CascadeRow note, CancellationToken cancellationToken)
    {
        var arguments = new { note.run_key, note.child_id, limit = RunsAtOnce };
        return await _database.ReadAsync(
            reader => reader.QueryAsync<ChildRow>(CascadeSql.ListChildren, arguments), cancellationToken).ConfigureAwait(false);
    }

    private async Task CancelAsync(CascadeRow note, ChildRow child, CancellationToken cancellationToken)
    {
        var reason = note.child_id is null
            ? $"Its parent '{child.parent_run_id}' is over."
            : $"The code of its parent '{child.parent_run_id}' gave it up.";
        var now = _timeProvider.GetUtcNow();
        List<SqlStatement> statements = [];
        var cancelled = new WorkflowEvent.RunCancelled(reason) { Position = 0, CreatedAt = now };
        var append = new LogAppend(statements, child.run_key, [cancelled], after: null, PayloadCodecs.None, now); // it has no payload
        var news = RunEnd.Add(statements, child.run_key, child.run_id, RunStatus.Cancelled, append.Written[0], now);
        var unit = new Unit(statements) { Guard = new SqlStatement(TurnSql.CascadeGuard, ("run_key", child.run_key)) };
        var result = await _database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.GuardFailed)
        {
            return; // it has ended in between
        }

        news.Tell(result.ThrowUnlessCommitted(), _hub);
        _hub.SignalRunWoken(child.run_key);
        var cancellation = new RunCancellation(ErrorCodes.RunCancelled, reason);
        _hub.SignalRunEnded(child.run_id, new RunOutcome(RunStatus.Cancelled, null, null, cancellation));
    }

    private sealed class CascadeRow
    {
        public long cascade_key { get; init; }
        public long run_key { get; init; }
        public string? child_id { get; init; }
    }

    private sealed class ChildRow
    {
        public long run_key { get; init; }
        public required string run_id { get; init; }
        public required string parent_run_id { get; init; }
    }
}
