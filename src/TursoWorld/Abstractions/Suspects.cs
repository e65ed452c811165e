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
    public ClaimRoom RoomFor(int most, int slots = 0) => new(
        most,
        slots,
        IsUpFor(UntilFew) ? Math.Max(0, MostFew - Volatile.Read(ref _few)) : 0,
        IsUpFor(UntilAlone) ? Math.Max(0, 1 - Volatile.Read(ref _alone)) : 0);

    /// <summary>When to look again: while the world is too young for suspects, and there are some, also when it has grown.</summary>
    /// <param name="dueAt">When the next message is due for which there is room.</param>
    /// <param name="find">Finds when the next message is due, with room for any.</param>
    public async Task<DateTimeOffset?> FindNextLookAsync(DateTimeOffset? dueAt, Func<ClaimRoom, Task<DateTimeOffset?>> find)
    {
        var up = timeProvider.GetElapsedTime(_startedAt);
        if (up >= UntilAlone || await find(ClaimRoom.For(1)).ConfigureAwait(false) == dueAt)
        {
            return dueAt;
        }

        return Instants.Earlier(dueAt, timeProvider.GetUtcNow() + ((up < UntilFew ? UntilFew : UntilAlone) - up));
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

    private bool IsUpFor(TimeSpan time) => timeProvider.GetElapsedTime(_startedAt) >= time;

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
