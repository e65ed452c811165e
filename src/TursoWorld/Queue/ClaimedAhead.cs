namespace TursoWorld.Queue;

/// <summary>
/// Messages that are claimed before there is a slot for them, so that slots need not wait for commits: as many as handlers
/// get through in a moment, by the latest that ended. None at first, one more for each that ends, none while handlers are
/// slow or fail. Not safe for several threads at once.
/// </summary>
internal sealed class ClaimedAhead(int concurrency, TimeProvider timeProvider)
{
    private const int MostPerSlot = 4;
    private static readonly TimeSpan Horizon = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Queue<Delivery> _waiting = new();

    /// <summary>Between 0 and four times the number of slots.</summary>
    public int Limit { get; private set; }

    public int Count => _waiting.Count;

    /// <summary>How many may be claimed beyond the slots.</summary>
    /// <param name="coming">Those that have been promised room.</param>
    public int Room(int coming) => Math.Max(0, Limit - Count - coming);

    /// <summary>Whether there is so much room that it is worth a commit.</summary>
    public bool HasRoom(int coming) => Limit > 0 && Room(coming) >= (Limit + 1) / 2;

    /// <summary>A handler has done its work.</summary>
    public void Done(TimeSpan elapsed)
    {
        var inTime = elapsed > TimeSpan.Zero ? concurrency * (Horizon / elapsed) : double.MaxValue;
        Limit = (int)Math.Min(Math.Min(Limit + 1, concurrency * MostPerSlot), inTime);
    }

    /// <summary>A handler fails, or takes longer than one used to.</summary>
    public void Stop() => Limit = 0;

    public void Add(Delivery delivery) => _waiting.Enqueue(delivery);

    public Delivery? Take() => _waiting.TryDequeue(out var delivery) ? delivery : null;

    /// <summary>How long somebody who has a slot may be kept from the message that has waited longest; null when none waits.</summary>
    public TimeSpan? PatienceLeft() => _waiting.TryPeek(out var oldest)
        ? Patience - timeProvider.GetElapsedTime(oldest.TakenAt)
        : null;
}
