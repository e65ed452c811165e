namespace TursoWorld.Tests.Support;

/// <summary>
/// A clock that moves when told. Timers fire inside <see cref="Advance"/>, each at its due time, in due order and
/// then in the order of arming. Only a timer that is armed to be due at once fires by itself, on the thread pool.
/// </summary>
/// <remarks>
/// Whoever sleeps has armed a timer for later. <see cref="SleeperAsync()"/> counts: an arming answers one call, unless
/// an advance began after it; an arming inside an advance must outlast it; a repeating timer is armed once.
/// <see cref="SleeperAsync(TimeSpan, TimeSpan)"/> asks for a state and uses nothing up. Both fail after 10 s of real time.
/// </remarks>
internal sealed class ManualTimeProvider : TimeProvider
{
    // Guards the fields below and those of the timers. Callbacks run outside it.
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _armed = [];
    private readonly Dictionary<TaskCompletionSource, Func<ManualTimer, bool>> _waiters = [];
    private DateTimeOffset _now = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TimeSpan _setBack;
    private int _firing;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Locked(() => _now).UtcTicks;

    public override DateTimeOffset GetUtcNow() => Locked(() => _now - _setBack);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and fires what falls due on the way, timers armed by callbacks included.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Locked(() => _armed.Count(timer => timer.TakeNew()));
        Fire(Locked(() => _now) + by);
    }

    /// <summary>Corrects the time of day, as an administrator does: timers and timestamps do not notice.</summary>
    public void SetBack(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Locked(() => _setBack += by);
    }

    /// <summary>As <see cref="SetBack"/>, in the other direction; so does a machine that has slept.</summary>
    public void SetAhead(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Locked(() => _setBack -= by);
    }

    /// <summary>Completes when code has gone to sleep that no earlier call or advance accounts for.</summary>
    public Task SleeperAsync() => AcceptedAsync(timer => timer.TakeNew());

    /// <summary>
    /// Completes when a timer is armed that an advance by <paramref name="dueWithin"/> fires, and one by less than
    /// <paramref name="notBefore"/> does not.
    /// </summary>
    public Task SleeperAsync(TimeSpan dueWithin, TimeSpan notBefore = default) =>
        AcceptedAsync(timer => timer.DueAt - _now <= dueWithin && timer.DueAt - _now >= notBefore);

    internal void Arm(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        var dueAt = Locked(() => timer.Arm(_armed, _now + dueTime, period));
        _ = dueTime == TimeSpan.Zero && ThreadPool.QueueUserWorkItem(_ => Fire(dueAt));
    }

    internal void Disarm(ManualTimer timer) => Locked(() => _armed.Remove(timer));

    private Task AcceptedAsync(Func<ManualTimer, bool> accepts)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Locked(() => _waiters.TryAdd(answer, accepts));
        return answer.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private void Fire(DateTimeOffset until)
    {
        Locked(() => _firing++);
        while (Locked(() => TakeDue(until)) is { } timer)
        {
            timer.Fire();
        }

        Locked(() => _firing--);
    }

    private ManualTimer? TakeDue(DateTimeOffset until)
    {
        var next = _armed.Where(timer => timer.DueAt <= until).MinBy(timer => timer.DueAt);
        _now = (next?.DueAt ?? until) is var instant && instant > _now ? instant : _now;
        next?.Elapse(_armed);
        return next;
    }

    private T Locked<T>(Func<T> access)
    {
        lock (_gate)
        {
            var value = access();
            foreach (var (answer, accepts) in _firing == 0 ? _waiters : [])
            {
                if (_armed.Exists(timer => timer.DueAt > _now && accepts(timer)) && _waiters.Remove(answer))
                {
                    answer.SetResult();
                }
            }

            return value;
        }
    }
}
