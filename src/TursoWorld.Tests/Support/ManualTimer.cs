namespace TursoWorld.Tests.Support;

/// <summary>A timer of a <see cref="ManualTimeProvider"/>, whose lock guards it.</summary>
internal sealed class ManualTimer(ManualTimeProvider clock, Action callback) : ITimer
{
    private TimeSpan _period;
    private bool _isNew;
    private volatile bool _isDisposed;

    public DateTimeOffset DueAt { get; private set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_isDisposed)
        {
            return false;
        }

        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            clock.Disarm(this);
        }
        else
        {
            clock.Arm(this, dueTime, period);
        }

        return true;
    }

    public void Dispose()
    {
        _isDisposed = true;
        clock.Disarm(this);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Fire() => callback();

    internal DateTimeOffset Arm(List<ManualTimer> armed, DateTimeOffset dueAt, TimeSpan period)
    {
        armed.Remove(this);
        if (!_isDisposed)
        {
            (DueAt, _period, _isNew) = (dueAt, period, true);
            armed.Add(this);
        }

        return dueAt;
    }

    /// <summary>Goes on to the next period, or off the clock.</summary>
    internal void Elapse(List<ManualTimer> armed)
    {
        if (_period > TimeSpan.Zero)
        {
            DueAt += _period;
        }
        else
        {
            armed.Remove(this);
        }
    }

    /// <summary>Whether the arming is still unaccounted for; it no longer is.</summary>
    internal bool TakeNew()
    {
        var wasNew = _isNew;
        _isNew = false;
        return wasNew;
    }
}
