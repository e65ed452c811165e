using System.Diagnostics.CodeAnalysis;
using TursoWorld.Abstractions;

namespace TursoWorld.Log;

/// <summary>Things of one kind, in the order in which the log created them.</summary>
internal sealed class LoggedList<T>
    where T : class, ILogged
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<T> _inOrder = [];

    public int Count => _inOrder.Count;

    public IReadOnlyList<T> InOrder => _inOrder;

    public T? Find(string id) => _places.TryGetValue(id, out var place) ? _inOrder[place] : null;

    public bool TryFind(string id, [NotNullWhen(true)] out T? found) => (found = Find(id)) is not null;

    /// <returns>False when there is one of that id.</returns>
    public bool TryAdd(T added)
    {
        if (!_places.TryAdd(added.Id, _inOrder.Count))
        {
            return false;
        }

        _inOrder.Add(added);
        return true;
    }

    /// <summary>Replaces the one of the same id.</summary>
    public void Replace(T changed) => _inOrder[_places[changed.Id]] = changed;

    /// <summary>Changes those that meet a condition.</summary>
    public void ReplaceAll(Func<T, bool> condition, Func<T, T> change)
    {
        for (var i = 0; i < _inOrder.Count; i++)
        {
            if (condition(_inOrder[i]))
            {
                _inOrder[i] = change(_inOrder[i]);
            }
        }
    }

    public bool Remove(string id)
    {
        if (!_places.Remove(id, out var place))
        {
            return false;
        }

        _inOrder.RemoveAt(place);
        for (var i = place; i < _inOrder.Count; i++)
        {
            _places[_inOrder[i].Id] = i;
        }

        return true;
    }

    /// <summary>The next of a page: one more than it takes, which says whether there is a further one.</summary>
    /// <param name="page">How many, and in which order.</param>
    /// <param name="after">The position to read behind.</param>
    public List<T> ReadPage(Keyset page, long after)
    {
        var next = FindFirstBehind(page.IsDescending ? after - 1 : after);
        return page.IsDescending
            ? [.. Enumerable.Range(0, Math.Min(next, page.Limit)).Select(i => _inOrder[next - 1 - i])]
            : _inOrder.GetRange(next, Math.Min(page.Limit, _inOrder.Count - next));
    }

    private int FindFirstBehind(long position)
    {
        var (low, high) = (0, _inOrder.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _inOrder[middle].Created <= position ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
