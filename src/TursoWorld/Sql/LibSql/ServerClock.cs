namespace TursoWorld.Sql.LibSql;

/// <summary>
/// The clock of the server, as far as it is known here: the own clock, moved by what the answers of the server tell. Leases and
/// due times of several machines mean the same by it, however their clocks differ. Timers and time stamps are the own ones.
/// </summary>
internal sealed class ServerClock(TimeProvider inner) : TimeProvider
{
    private long _offset;

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow().AddTicks(Volatile.Read(ref _offset));

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);

    /// <summary>
    /// Takes note of the server's time. It was read between question and answer, so the offset lies between two bounds; one that
    /// lies there already stays, so that the time is steady while the clocks agree.
    /// </summary>
    /// <param name="asked">When the question was sent, by <see cref="GetOwnUtcNow"/>.</param>
    /// <param name="answered">When the answer had come.</param>
    /// <param name="server">What the server said, cut to milliseconds.</param>
    public void Observe(DateTimeOffset asked, DateTimeOffset answered, DateTimeOffset server)
    {
        var least = (server - answered).Ticks;
        var most = (server - asked).Ticks + TimeSpan.TicksPerMillisecond;
        var offset = Volatile.Read(ref _offset);
        if (least <= most)
        {
            Volatile.Write(ref _offset, Math.Clamp(offset, least, most));
        }
    }

    /// <summary>What the own clock says.</summary>
    public DateTimeOffset GetOwnUtcNow() => inner.GetUtcNow();
}
