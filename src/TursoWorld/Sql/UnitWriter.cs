using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using TursoWorld.Diagnostics;

namespace TursoWorld.Sql;

/// <summary>
/// Group commit. One loop takes every unit that waits, writes them in one transaction and answers each caller after the
/// commit: five hundred callers pay for one fsync, and a unit that fails takes nobody with it. A caller who finds nobody else
/// here writes its unit itself, and no thread is woken.
/// </summary>
internal sealed class UnitWriter : IAsyncDisposable
{
    // Bounds how long the first caller of a flush waits for the others, and the memory of a flush.
    private const int LargestFlush = 2_000;
    private const int LongestQueue = 100_000;

    // How long units that nobody waits for are left to whoever comes next while the writer is idle.
    private static readonly TimeSpan Leisure = TimeSpan.FromMilliseconds(1);

    // Whoever comes takes them along when they have waited so long: of many who come one after the other, one bears the cost.
    private static readonly TimeSpan Gathering = Leisure / 2;

    // Read by whoever has the connection.
    private readonly Channel<WriterJob> _jobs = Channel.CreateBounded<WriterJob>(LongestQueue);

    private readonly CancellationTokenSource _stopping = new();
    private readonly IUnitTransport _transport;
    private readonly WorldDiagnostics _diagnostics;
    private readonly TimeProvider _leisureClock;
    private readonly Task _loop;

    // Whoever has entered has the connection: the loop for a turn, or a caller that has found it idle.
    private readonly SemaphoreSlim _connection = new(1, 1);

    // How many units that somebody waits for shared the latest commit that had any. Where callers come in crowds, each leaves its unit to the
    // loop, or the first of a crowd would pay for a commit of its own every time.
    private volatile int _latestFlush;

    // Jobs in the queue that somebody waits for.
    private int _awaited;

    // Commits by callers that took along what nobody waits for.
    private int _takenAlong;

    /// <param name="transport">What the units go through.</param>
    /// <param name="diagnostics">Told what fails.</param>
    /// <param name="leisureClock">Measures the moment that units wait for company; not the clock of the world, which may stand still.</param>
    public UnitWriter(IUnitTransport transport, WorldDiagnostics diagnostics, TimeProvider? leisureClock = null)
    {
        _transport = transport;
        _diagnostics = diagnostics;
        _leisureClock = leisureClock ?? TimeProvider.System;
        _loop = Task.Run(RunAsync);
    }

    /// <remarks>
    /// A thread that is not the pool's may be one that draws a window: it never waits for a disk here.
    /// </remarks>
    public Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken)
    {
        ExclusiveTransaction.ThrowIfInside();
        if (unit.CanWait || _latestFlush > 1 || !Thread.CurrentThread.IsThreadPoolThread || cancellationToken.IsCancellationRequested
            || !TryBeginIdle())
        {
            return SubmitAsync(
                new UnitJob(unit) { QueuedAt = unit.CanWait ? _leisureClock.GetTimestamp() : 0 }, cancellationToken);
        }

        return WriteAtOnceAsync(unit);
    }

    /// <summary>Runs a function alone on the connection, between two commits.</summary>
    /// <param name="function">The function; its token fires when the writer is closed.</param>
    /// <param name="cancellationToken">Withdraws the function while it waits.</param>
    public Task<T> RunAloneAsync<T>(Func<CancellationToken, Task<T>> function, CancellationToken cancellationToken) =>
        SubmitAsync(new FunctionJob<T>(() => function(_stopping.Token)), cancellationToken);

    /// <summary>
    /// Runs a function on the connection and on the caller's thread, if the writer has nothing to do: no thread is woken for it.
    /// The writer waits for its end.
    /// </summary>
    /// <returns>False when the writer is busy, or closed.</returns>
    public bool TryRunIdle<T>(Func<T> function, [MaybeNullWhen(false)] out T result)
    {
        result = default;
        if (!TryTakeIdle())
        {
            return false;
        }

        try
        {
            result = function();
            return true;
        }
        finally
        {
            _connection.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await _connection.WaitAsync().ConfigureAwait(false); // for good
        await _transport.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private Task<T> SubmitAsync<T>(WriterJob<T> job, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        ExclusiveTransaction.ThrowIfInside();
        Count(job, 1);
        job.WithdrawOn(cancellationToken);
        return _jobs.Writer.TryWrite(job) ? job.Task : SubmitWhenThereIsRoomAsync(job, cancellationToken);
    }

    private async Task<T> SubmitWhenThereIsRoomAsync<T>(WriterJob<T> job, CancellationToken cancellationToken)
    {
        try
        {
            await _jobs.Writer.WriteAsync(job, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            Count(job, -1);
            job.Fail(new ObjectDisposedException("World", "The world is closed. Make another one with CreateWorld."));
        }
        catch (OperationCanceledException)
        {
            Count(job, -1);
            throw;
        }

        return await job.Task.ConfigureAwait(false);
    }

    private void Count(WriterJob job, int change) => Interlocked.Add(ref _awaited, job.CanWait ? 0 : change);

    private async Task RunAsync()
    {
        while (await _jobs.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await LeaveToOthersAsync().ConfigureAwait(false);
            await _connection.WaitAsync().ConfigureAwait(false);
            try
            {
                await TurnAsync().ConfigureAwait(false);
            }
            finally
            {
                _connection.Release();
            }
        }
    }

    /// <summary>
    /// Those who are about to write and wait take along what nobody waits for, and do not meet a commit of it. It stays behind only
    /// while they come.
    /// </summary>
    private async Task LeaveToOthersAsync()
    {
        int before;
        do
        {
            before = Volatile.Read(ref _takenAlong);
            if (Volatile.Read(ref _awaited) > 0 || _latestFlush > 1 || _stopping.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(Leisure, _leisureClock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (before != Volatile.Read(ref _takenAlong));
    }

    /// <summary>
    /// Takes the connection if nobody has it and nobody waits: what came before is written before, but for units that can wait.
    /// </summary>
    private bool TryTakeIdle() => Volatile.Read(ref _awaited) == 0 && _connection.Wait(0);

    /// <summary>Opens a transaction on a connection that nobody has, if nobody else writes to the database.</summary>
    private bool TryBeginIdle()
    {
        if (!TryTakeIdle())
        {
            return false;
        }

        var hasBegun = false;
        try
        {
            return hasBegun = _transport.TryBegin();
        }
        finally
        {
            if (!hasBegun)
            {
                _connection.Release();
            }
        }
    }

    /// <summary>
    /// Writes a unit in the transaction that its caller has opened, behind what has waited long enough and nobody waits for, and
    /// gives the connection back.
    /// </summary>
    private async Task<UnitResult> WriteAtOnceAsync(Unit unit)
    {
        try
        {
            if (_jobs.Reader.TryPeek(out var oldest) && oldest is UnitJob job && _leisureClock.GetElapsedTime(job.QueuedAt) >= Gathering)
            {
                return await WriteAlongAsync(unit).ConfigureAwait(false);
            }

            var outcomes = await _transport.ExecuteAsync([unit], _stopping.Token).ConfigureAwait(false);
            return outcomes![0]; // a unit that is alone always has an outcome
        }
        catch (Exception exception)
        {
            _diagnostics.WriterFailed(exception);
            _transport.Rollback();
            throw;
        }
        finally
        {
            _connection.Release();
        }
    }

    private async Task<UnitResult> WriteAlongAsync(Unit unit)
    {
        List<UnitJob> flush = [];
        TakeUnits(flush);
        var own = new UnitJob(unit);
        own.TryTake();
        flush.Add(own);
        try
        {
            await FlushAsync(flush).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            flush.ForEach(job => job.Fail(exception));
            throw;
        }

        Interlocked.Increment(ref _takenAlong);
        return await own.Task.ConfigureAwait(false); // answered
    }

    private async Task TurnAsync()
    {
        if (_jobs.Reader.TryPeek(out var head) && head is ISoloJob)
        {
            await RunAloneAsync().ConfigureAwait(false);
            return;
        }

        List<UnitJob> flush = [];
        try
        {
            // The lock first, then the units: whoever arrives while another process commits joins this flush, and
            // can still be cancelled.
            if (head is null)
            {
                return; // somebody has taken it along
            }

            var refusal = await _transport.BeginAsync(head.AskedAt, _stopping.Token).ConfigureAwait(false);
            TakeUnits(flush, onlyOverdue: refusal is { Error: SqlErrorKind.Busy } && !_stopping.IsCancellationRequested);
            if (refusal is not null)
            {
                flush.ForEach(job => job.Answer(refusal));
                return;
            }

            await FlushAsync(flush).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _diagnostics.WriterFailed(exception);
            _transport.Rollback();
            if (flush.Count == 0)
            {
                TakeUnits(flush); // or the same units would make the loop fail again and again
            }

            flush.ForEach(job => job.Fail(exception));
        }
    }

    private void TakeUnits(List<UnitJob> flush, bool onlyOverdue = false)
    {
        while (flush.Count < LargestFlush && _jobs.Reader.TryPeek(out var job) && job is UnitJob unit
            && (!onlyOverdue || _transport.HasWaitedInVain(unit.AskedAt)))
        {
            _jobs.Reader.TryRead(out _);
            Count(unit, -1);
            if (unit.TryTake())
            {
                flush.Add(unit);
            }
        }
    }

    private async ValueTask FlushAsync(List<UnitJob> flush)
    {
        var awaited = flush.Count(job => !job.CanWait);
        _latestFlush = awaited > 0 ? awaited : _latestFlush;
        var outcomes = await _transport.ExecuteAsync(flush.ConvertAll(job => job.Unit), _stopping.Token).ConfigureAwait(false);
        if (outcomes is null)
        {
            await FlushOneByOneAsync(flush).ConfigureAwait(false);
            return;
        }

        for (var i = 0; i < flush.Count; i++)
        {
            flush[i].Answer(outcomes[i]);
        }
    }

    /// <summary>After a lost transaction: the unit that caused it gets the error, and the others get through.</summary>
    private async ValueTask FlushOneByOneAsync(List<UnitJob> flush)
    {
        foreach (var job in flush)
        {
            var refusal = await _transport.BeginAsync(job.AskedAt, _stopping.Token).ConfigureAwait(false);
            var outcomes = refusal is null ? await _transport.ExecuteAsync([job.Unit], _stopping.Token).ConfigureAwait(false) : [refusal];
            job.Answer(outcomes![0]); // a unit that is alone always has an outcome
        }
    }

    private async Task RunAloneAsync()
    {
        if (!_jobs.Reader.TryRead(out var job))
        {
            return;
        }

        Count(job, -1);
        if (!job.TryTake())
        {
            return;
        }

        try
        {
            await ((ISoloJob)job).RunAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            job.Fail(exception);
        }
    }
}
