namespace TursoWorld;

/// <summary>How a step is executed.</summary>
public sealed record StepOptions
{
    internal static readonly StepOptions Default = new();

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(30);

    /// <summary>How often it is tried. Null, the default: as <see cref="WorldOptions.DefaultRetry"/> of the world that executes it says.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>
    /// How long one attempt may take, from the moment at which its code begins, by the clock or by timers, whichever says more: more
    /// than 0, at most 30 days. Null, the default, sets no limit. The attempt then fails with <c>STEP_TIMEOUT</c>, and its token fires. Code that does not listen to
    /// the token goes on, and holds its place among <see cref="WorldOptions.Concurrency"/> until it returns; what it returns is
    /// ignored, and the next attempt may begin beside it. A transactional step has three seconds at most, whatever stands here.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range.</exception>
    public TimeSpan? Timeout
    {
        get;
        init => field = InRange(value, nameof(Timeout));
    }

    /// <summary>
    /// How long an attempt may go without <see cref="StepContext.HeartbeatAsync{T}"/>, by timers (the sleep of a machine is no silence):
    /// more than 0, at most 30 days. Null, the default, sets no limit. The attempt then fails with <c>STEP_HEARTBEAT_TIMEOUT</c>, as with <see cref="Timeout"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range.</exception>
    public TimeSpan? HeartbeatTimeout
    {
        get;
        init => field = InRange(value, nameof(HeartbeatTimeout));
    }

    /// <summary>
    /// Who executes the step. Null, the default, leaves it to the definition of the step, and then to
    /// <see cref="WorldOptions.StepMode"/>. Only a step with a definition (<see cref="Step.Define"/>, or a class) can be
    /// <see cref="StepMode.Queued"/>: code that is passed to a call exists in one process only.
    /// </summary>
    public StepMode? Mode { get; init; }

    private static TimeSpan? InRange(TimeSpan? value, string name)
    {
        if (value is { } timeout)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, LongestTimeout, name);
        }

        return value;
    }
}
