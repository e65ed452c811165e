namespace TursoWorld.Abstractions;

/// <summary>
/// How many suspects a world may take up, and those that it has. A world that has only begun takes up none: a deployment whose process
/// dies right after its start, whatever it does, is to wear nothing out.
/// </summary>
internal sealed class Suspects(WakeHub hub, TimeProvider timeProvider)
{
    private const int MostFew = 4;
    private static readonly TimeSpan UntilFew = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UntilAlone = TimeSpan.FromSeconds(10);

    private readonly long _startedAt = timeProvider.GetTimestamp();
    private int _few;
    private int _alone;

    /// <summary>Room for so many altogether, so many slots among it, and for as many suspects as may be taken up now.</summary>
    public ClaimRoom RoomFor(int most, int slots = 0)
    {
        var few = Math.Max(0, MostFew - Volatile.Read(ref _few));
        var alone = Math.Max(0, 1 - Volatile.Read(ref _alone));
        var up = timeProvider.GetElapsedTime(_startedAt);
        return new(most, slots, up >= UntilFew ? few : 0, up >= UntilAlone ? alone : 0)
        {
            FewFrom = few > 0 ? InstantOf(UntilFew - up) : null,
            AloneFrom = alone > 0 ? InstantOf(UntilAlone - up) : null,
        };
    }

    /// <summary>A message is taken up.</summary>
    public void Enter(ClaimedMessage message) => Count(message.Lane, 1);

    /// <summary>It is not at work here any more, or has proved that it is innocent.</summary>
    public void Leave(ClaimedMessage message)
    {
        if (Count(message.Lane, -1))
        {
            hub.SignalMessagesChanged();
            hub.SignalStepsChanged();
            hub.SignalQueueChanged();
        }
    }

    private long InstantOf(TimeSpan left) =>
        left <= TimeSpan.Zero ? 0 : Instants.RoundUp(timeProvider.GetUtcNow() + left).ToUnixTimeMilliseconds();

    private bool Count(Lane lane, int by)
    {
        switch (lane)
        {
            case Lane.Few:
                Interlocked.Add(ref _few, by);
                return true;
            case Lane.Alone:
                Interlocked.Add(ref _alone, by);
                return true;
            default:
                return false;
        }
    }
}
