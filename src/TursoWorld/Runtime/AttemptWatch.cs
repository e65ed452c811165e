using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>What may cut an attempt of a step short: the end of its claim, its time, and its silence.</summary>
internal sealed class AttemptWatch : IDisposable
{
    private readonly RunClaim _claim;
    private readonly StepOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly WorldDiagnostics _diagnostics;
    private readonly CancellationTokenSource? _source;
    private readonly TaskCompletionSource? _elapsed;
    private ITimer? _time;
    private ITimer? _silence;
    private int _cause;

    public AttemptWatch(RunClaim claim, StepOptions options, TimeProvider timeProvider, WorldDiagnostics diagnostics)
    {
        _claim = claim;
        _options = options;
        _timeProvider = timeProvider;
        _diagnostics = diagnostics;
        if (IsLimited)
        {
            _source = CancellationTokenSource.CreateLinkedTokenSource(claim.CancelSteps);
            _elapsed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Token = _source?.Token ?? claim.CancelSteps;
    }

    /// <summary>Whether time or silence can end the attempt.</summary>
    public bool IsLimited => _options.Timeout is not null || _options.HeartbeatTimeout is not null;

    /// <summary>Fires when the result of the attempt can no longer count; the cause is known before.</summary>
    public CancellationToken Token { get; }

    /// <summary>Completes when the attempt has taken, or been silent for, longer than it may; for one with limits.</summary>
    public Task Elapsed => _elapsed?.Task ?? throw new InvalidOperationException("Nothing limits the attempt.");

    public bool IsElapsed => _elapsed is { Task.IsCompleted: true };

    public CancellationCause Cause => Volatile.Read(ref _cause) is var own and not 0 ? (CancellationCause)own : _claim.Cause;

    /// <summary>The body begins.</summary>
    public void Begin()
    {
        _time = Arm(_options.Timeout, CancellationCause.Timeout);
        _silence = Arm(_options.HeartbeatTimeout, CancellationCause.HeartbeatTimeout);
    }

    /// <summary>The body has made itself heard.</summary>
    public void Hear()
    {
        if (_options.HeartbeatTimeout is { } timeout)
        {
            _silence?.Change(timeout, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The body has ended, whatever has become of the attempt.</summary>
    public void Dispose()
    {
        _time?.Dispose();
        _silence?.Dispose();
        _source?.Dispose();
    }

    private ITimer? Arm(TimeSpan? timeout, CancellationCause cause) => timeout is { } dueTime
        ? _timeProvider.CreateTimer(_ => End(cause), null, dueTime, Timeout.InfiniteTimeSpan)
        : null;

    private void End(CancellationCause cause)
    {
        if (_claim.Cause == CancellationCause.None && Interlocked.CompareExchange(ref _cause, (int)cause, 0) == 0)
        {
            _elapsed!.SetResult(); // there is one when there are timers
            _ = CancelAsync();
        }
    }

    // What the step registered runs elsewhere, whatever it does.
    private async Task CancelAsync()
    {
        try
        {
            await _source!.CancelAsync().ConfigureAwait(false); // there is one when there are timers
        }
        catch (ObjectDisposedException)
        {
            // The body has ended at this very moment: nobody is left to be told.
        }
        catch (AggregateException exception)
        {
            _diagnostics.LoopFailed("step.cancel", exception);
        }
    }
}
