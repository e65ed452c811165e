namespace TursoWorld.Tests.Support;

/// <summary>The system's clock, but timers of about a second (the first pause after a failure) fire at once.</summary>
internal sealed class HastyTimeProvider : TimeProvider
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.7);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1.3);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > Shortest && dueTime < Longest ? TimeSpan.Zero : dueTime, period);
}
