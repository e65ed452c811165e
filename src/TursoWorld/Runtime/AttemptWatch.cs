namespace TursoWorld.Runtime;

/// <summary>What cuts an attempt of a step short besides the end of its claim and the code of the workflow: its time, and its silence.</summary>
/// <param name="cancellation">What all of them cancel.</param>
/// <param name="options">The limits.</param>
/// <param name="timeProvider">Measures them.</param>
/// <remarks>
/// An attempt takes as long as the clock or the timers say, whichever is longer: on a machine that has slept they differ. Silence is of
/// code that executes, and is measured by timers alone.
/// </remarks>
internal sealed class AttemptWatch(StepCancellation cancellation, StepOptions options, TimeProvider timeProvider) : IDisposable
{
    // As long as a timer is trusted before the clock is looked at.
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource? _elapsed = options is { Timeout: null, HeartbeatTimeout: null }
        ? null
        : new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    private (DateTimeOffset Time, long Stamp) _began;
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
        if (options.Timeout is { } limit)
        {
            _began = (timeProvider.GetUtcNow(), timeProvider.GetTimestamp());
            _time = timeProvider.CreateTimer(_ => LookAtTime(limit), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            LookAtTime(limit);
        }

        if (options.HeartbeatTimeout is { } patience)
        {
            _silence = timeProvider.CreateTimer(
                _ => End(CancellationCause.HeartbeatTimeout), null, patience, Timeout.InfiniteTimeSpan);
        }
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

    private void LookAtTime(TimeSpan limit)
    {
        var byClock = timeProvider.GetUtcNow() - _began.Time;
        var byTimers = timeProvider.GetElapsedTime(_began.Stamp);
        var left = limit - (byClock > byTimers ? byClock : byTimers);
        if (left <= TimeSpan.Zero)
        {
            End(CancellationCause.Timeout);
        }
        else
        {
            var pause = left < LongestLook ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : LongestLook;
            _time!.Change(pause, Timeout.InfiniteTimeSpan); // set before the first look
        }
    }

    private void End(CancellationCause cause)
    {
        if (cancellation.Cancel(cause))
        {
            _elapsed?.SetResult();
        }
    }
}
