namespace TursoWorld.Runtime;

/// <summary>
/// What goes on by itself at a time, the earliest first; of one time, what came first. Every operation takes logarithmic
/// time: a run may have tens of thousands of sleeps at once.
/// </summary>
internal sealed class DueQueue<T>
    where T : Request
{
    private static readonly IComparer<Entry> ByTime = Comparer<Entry>.Create((one, other) =>
        one.DueAt != other.DueAt ? one.DueAt.CompareTo(other.DueAt) : one.Order.CompareTo(other.Order));

    private readonly Dictionary<string, Entry> _byId = [];
    private readonly SortedSet<Entry> _byTime = new(ByTime);
    private long _lastOrder;

    public int Count => _byId.Count;

    /// <summary>When the first of them is due; null for never.</summary>
    public DateTimeOffset? NextDue => _byTime.Count == 0 ? null : _byTime.Min.DueAt;

    /// <summary>The first of them, due or not; null for none.</summary>
    public T? First => _byTime.Count == 0 ? null : _byTime.Min.Request;

    public bool Contains(string id) => _byId.ContainsKey(id);

    /// <summary>Adds it, or moves it to another time.</summary>
    public void Set(T request, DateTimeOffset dueAt)
    {
        Remove(request.Id);
        var entry = new Entry(dueAt, ++_lastOrder, request);
        _byId.Add(request.Id, entry);
        _byTime.Add(entry);
    }

    public T? Remove(string id)
    {
        if (!_byId.Remove(id, out var entry))
        {
            return null;
        }

        _byTime.Remove(entry);
        return entry.Request;
    }

    /// <summary>Those that are due, the earliest first.</summary>
    public IReadOnlyList<T> ListDue(DateTimeOffset now)
    {
        if (NextDue is null || NextDue > now)
        {
            return [];
        }

        return _byTime.TakeWhile(entry => entry.DueAt <= now).Select(entry => entry.Request).ToList();
    }

    private readonly record struct Entry(DateTimeOffset DueAt, long Order, T Request);
}
