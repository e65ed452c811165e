namespace TursoWorld.Queue;

/// <summary>
/// Messages that are claimed before there is a slot for them, so that slots need not wait for commits: as many as handlers
/// get through in a moment and memory bears, by what they have taken lately. None at first, one more for each that ends, none while
/// handlers are slow or fail. Where other processes could take them, the moment is shorter. Not safe for several threads at
/// once.
/// </summary>
internal sealed class ClaimedAhead(int concurrency, Func<bool> isShared, TimeProvider timeProvider)
{
    private const int MostBytes = 16 * 1024 * 1024;
    private const int BytesBesidePayload = 500; // 430 measured, of a message without headers
    private const int MostPerSlotShared = 4;

    // How much the latest counts. A pause of the whole process meets a handler now and then, and makes none of them slow.
    private const int Latest = 64;

    private readonly Queue<Delivery> _waiting = new();
    private TimeSpan? _usual;

    /// <summary>How many may be claimed beyond the slots.</summary>
    public int Limit { get; private set; }

    public int Count => _waiting.Count;

    private static TimeSpan Horizon(bool isShared) => TimeSpan.FromMilliseconds(isShared ? 20 : 250);

    private static TimeSpan Patience(bool isShared) => TimeSpan.FromMilliseconds(isShared ? 100 : 2_000);

    /// <summary>How many more may be claimed.</summary>
    /// <param name="coming">Those that have been promised room.</param>
    public int Room(int coming) => Math.Max(0, Limit - Count - coming);

    /// <summary>Whether there is so much room that it is worth a commit.</summary>
    public bool HasRoom(int coming) => Limit > 0 && Room(coming) >= (Limit + 1) / 2;

    /// <summary>A handler has done its work on a message of so many bytes.</summary>
    public void Done(TimeSpan elapsed, int bytes)
    {
        var usual = _usual is { } before ? before + ((elapsed - before) / Latest) : elapsed;
        _usual = usual;
        var shared = isShared();
        var inTime = usual > TimeSpan.Zero ? concurrency * (Horizon(shared) / usual) : double.MaxValue;
        var inMemory = shared ? concurrency * MostPerSlotShared : MostBytes / (bytes + BytesBesidePayload);
        Limit = (int)Math.Min(Math.Min(Limit + 1, inMemory), inTime);
    }

    /// <summary>A handler fails, or takes longer than one used to.</summary>
    public void Stop() => Limit = 0;

    public void Add(Delivery delivery) => _waiting.Enqueue(delivery);

    public Delivery? Take() => _waiting.TryDequeue(out var delivery) ? delivery : null;

    /// <summary>How long somebody who has a slot may be kept from the message that has waited longest; null when none waits.</summary>
    public TimeSpan? PatienceLeft() => _waiting.TryPeek(out var oldest)
        ? Patience(isShared()) - timeProvider.GetElapsedTime(oldest.TakenAt)
        : null;
}
