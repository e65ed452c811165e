using TursoWorld.Abstractions;

namespace TursoWorld.Queue;

/// <summary>
/// Notices that the clock has been set, or has gone on while timers stood still because the machine slept: everybody who waits for an
/// instant is told to look, and sets a new timer. So no timer needs to be short, and an idle world stays idle.
/// </summary>
/// <param name="clock">What instants are compared with.</param>
/// <param name="hub">Tells the others.</param>
internal sealed class ClockWatch(TimeProvider clock, WakeHub hub)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(250);

    // Some systems count the sleep of the machine in time stamps, though not in timers.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private (DateTimeOffset Time, long Stamp) _agreed = (clock.GetUtcNow(), clock.GetTimestamp());
    private long _latest = clock.GetTimestamp();

    /// <summary>Compares the clock with the time that has passed; to be called several times a second, by one thread at once.</summary>
    public void Look()
    {
        var now = (Time: clock.GetUtcNow(), Stamp: clock.GetTimestamp());
        var apart = now.Time - _agreed.Time - clock.GetElapsedTime(_agreed.Stamp, now.Stamp);
        var isLate = clock.GetElapsedTime(_latest, now.Stamp) > LongestPause;
        _latest = now.Stamp;
        if (isLate || apart.Duration() > Tolerance)
        {
            _agreed = now;
            hub.SignalClockMoved();
        }
    }
}
