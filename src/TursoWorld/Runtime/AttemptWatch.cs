namespace TursoWorld.Runtime;

/// <summary>What cuts an attempt of a step short besides the end of its claim and the code of the workflow: its time, and its silence.</summary>
/// <param name="cancellation">What all of them cancel.</param>
/// <param name="options">The limits.</param>
/// <param name="timeProvider">Measures them.</param>
internal sealed class AttemptWatch(StepCancellation cancellation, StepOptions options, TimeProvider timeProvider) : IDisposable
{
    private readonly TaskCompletionSource? _elapsed = options is { Timeout: null, HeartbeatTimeout: null }
        ? null
        : new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    private ITimer? _time;
    private ITimer? _silence;

    /// <summary>Fires when the result of the attempt can no longer count; the cause is known before.</summary>
    public CancellationToken Token => cancellation.Token;

    public bool IsCancelled => cancellation.IsCancelled;

    /// <summary>Completes when the attempt has taken, or been silent for, longer than it may; null when nothing limits it.</summary>
    public Task? Elapsed => _elapsed?.Task;

    public bool IsElapsed => Cause is CancellationCause.Timeout or CancellationCause.HeartbeatTimeout;

    public CancellationCause Cause => cancellation.Cause;

    /// <summary>The body begins.</summary>
    public void Begin()
    {
        _time = Arm(options.Timeout, CancellationCause.Timeout);
        _silence = Arm(options.HeartbeatTimeout, CancellationCause.HeartbeatTimeout);
    }

    /// <summary>The body has made itself heard.</summary>
    public void Hear()
    {
        if (options.HeartbeatTimeout is { } timeout)
        {
            _silence?.Change(timeout, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The body has ended, whatever has become of the attempt.</summary>
    public void Dispose()
    {
        _time?.Dispose();
        _silence?.Dispose();
    }

    private ITimer? Arm(TimeSpan? timeout, CancellationCause cause) => timeout is { } dueTime
        ? timeProvider.CreateTimer(_ => End(cause), null, dueTime, Timeout.InfiniteTimeSpan)
        : null;

    private void End(CancellationCause cause)
    {
        if (cancellation.Cancel(cause))
        {
            _elapsed?.SetResult();
        }
    }
}
