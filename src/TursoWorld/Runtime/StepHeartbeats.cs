using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>
/// What one attempt of a step reports on its way. The first report is written at once, then at most one every 100 ms; of
/// those in between the last one counts.
/// </summary>
internal sealed class StepHeartbeats(
    IStepProgress store,
    AttemptIdentity attempt,
    RunClaim claim,
    AttemptWatch watch,
    TimeProvider timeProvider,
    WorldDiagnostics diagnostics)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // Guards everything below.
    private readonly Lock _lock = new();
    private StepReport? _pending;
    private Task _writing = Task.CompletedTask;
    private long? _latestWrite;
    private ITimer? _timer;
    private bool _isClosed;

    /// <summary>What earlier attempts reported last; null when they reported nothing.</summary>
    public ReadOnlyMemory<byte>? Earlier { get; private set; }

    /// <summary>Whether this attempt has reported, or an earlier one may have.</summary>
    public bool MayHaveReported
    {
        get
        {
            lock (_lock)
            {
                return _latestWrite is not null || attempt.Step.HasBegunBefore;
            }
        }
    }

    /// <summary>Reads what earlier attempts reported.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken) =>
        Earlier = await store.FindAsync(claim.Message.RunKey, attempt.Step.StepId, cancellationToken).ConfigureAwait(false);

    /// <param name="progress">How far the attempt is; null leaves what was reported before.</param>
    /// <returns>After the commit, or at once when the report waits for the next one.</returns>
    /// <exception cref="StepCancelledException">Nothing of the attempt can count any more.</exception>
    /// <exception cref="StorageException">The database refused; the report is written with the next one.</exception>
    public Task ReportAsync(ReadOnlyMemory<byte>? progress)
    {
        if (watch.Cause is not CancellationCause.None and var cause)
        {
            throw Cancelled(cause);
        }

        lock (_lock)
        {
            if (_isClosed)
            {
                throw new InvalidOperationException("The attempt of the step is over. Report progress only while its code executes.");
            }

            watch.Hear();
            _pending = new StepReport(attempt.Step.StepId, attempt.Number, progress ?? _pending?.Progress);
            if (_writing.IsCompleted && TimeToWait() <= TimeSpan.Zero)
            {
                return _writing = BeginToWrite();
            }

            ArmTimer();
            return Task.CompletedTask;
        }
    }

    /// <param name="streamName">A stream of the run.</param>
    /// <param name="chunk">What to append; null ends the stream.</param>
    /// <exception cref="StepCancelledException">Nothing of the attempt can count any more.</exception>
    /// <exception cref="ConflictException">The stream is closed.</exception>
    public async Task WriteStreamAsync(string streamName, ReadOnlyMemory<byte>? chunk)
    {
        if (watch.Cause is not CancellationCause.None and var cause)
        {
            throw Cancelled(cause);
        }

        lock (_lock)
        {
            if (_isClosed)
            {
                throw new InvalidOperationException("The attempt of the step is over. Write to streams only while its code executes.");
            }
        }

        var writer = new StepWriter(claim.Message, attempt.RunId);
        Check(await store.WriteStreamAsync(writer, streamName, chunk, watch.Token).ConfigureAwait(false));
    }

    /// <summary>Writes what waits. Nothing is accepted afterwards.</summary>
    public async ValueTask CloseAsync()
    {
        Task writing;
        lock (_lock)
        {
            if (_isClosed || _latestWrite is null)
            {
                _isClosed = true; // an attempt that reported nothing
                return;
            }

            _isClosed = true;
            _timer?.Dispose();
            writing = _writing;
        }

        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // whoever reported has heard of it
        await WriteInBackgroundAsync().ConfigureAwait(false);
    }

    private TimeSpan TimeToWait() =>
        _latestWrite is { } latest ? Pause - timeProvider.GetElapsedTime(latest) : TimeSpan.Zero;

    private void ArmTimer()
    {
        _timer ??= timeProvider.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var delay = TimeToWait();
        _timer.Change(delay > TimeSpan.Zero ? delay : Pause, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            if (_pending is null || _isClosed)
            {
                return;
            }

            if (_writing.IsCompleted)
            {
                _latestWrite = timeProvider.GetTimestamp();
                _writing = Task.Run(WriteInBackgroundAsync);
            }
            else
            {
                ArmTimer();
            }
        }
    }

    private Task BeginToWrite()
    {
        _latestWrite = timeProvider.GetTimestamp();
        return Task.Run(WriteAsync);
    }

    private async Task WriteInBackgroundAsync()
    {
        try
        {
            await WriteAsync().ConfigureAwait(false);
        }
        catch (StepCancelledException)
        {
            // The token of the step has fired, which says it as well.
        }
        catch (StorageException exception)
        {
            diagnostics.LoopFailed("step.heartbeat", exception);
        }
    }

    private async Task WriteAsync()
    {
        StepReport? report;
        lock (_lock)
        {
            (report, _pending) = (_pending, null);
        }

        if (report is null)
        {
            return;
        }

        try
        {
            Check(await store.WriteAsync(claim.Message, report, CancellationToken.None).ConfigureAwait(false));
            diagnostics.StepReported(attempt.RunId, attempt.Step.StepName);
        }
        catch (StorageException)
        {
            lock (_lock)
            {
                _pending = report with { Progress = _pending?.Progress ?? report.Progress };
            }

            throw;
        }
    }

    private void Check(TurnOutcome outcome)
    {
        switch (outcome)
        {
            case TurnOutcome.LeaseLost:
                claim.Lose();
                throw Cancelled(CancellationCause.LeaseLost);
            case TurnOutcome.RunInactive:
                claim.Cancel(CancellationCause.RunEnded);
                throw Cancelled(CancellationCause.RunEnded);
            case TurnOutcome.StepOver:
                throw Cancelled(CancellationCause.StepCancelled);
        }
    }

    private StepCancelledException Cancelled(CancellationCause cause) =>
        new(attempt.RunId, attempt.Step.StepName, attempt.Number, cause);
}
