namespace TursoWorld.Tests.Crash;

/// <summary>The clock of the system, so many times as fast: a child waits for seconds where a program waits for minutes.</summary>
internal sealed class FastTimeProvider(int factor) : TimeProvider
{
    private readonly DateTimeOffset _startedAt = System.GetUtcNow();
    private readonly long _startedAtTimestamp = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _startedAt + (System.GetElapsedTime(_startedAtTimestamp) * factor);

    public override long GetTimestamp() => System.GetTimestamp() * factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new FastTimer(System.CreateTimer(callback, state, Scale(dueTime, factor), Scale(period, factor)), factor);

    // Up to the next millisecond, so that nothing fires early.
    private static TimeSpan Scale(TimeSpan time, int factor) =>
        time == Timeout.InfiniteTimeSpan ? time : TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds / factor));

    private sealed class FastTimer(ITimer timer, int factor) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Scale(dueTime, factor), Scale(period, factor));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
