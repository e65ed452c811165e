using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>Parked runs that are still in memory, the least recently used first.</summary>
internal sealed class ParkedRuns
{
    private readonly Dictionary<long, LinkedListNode<LiveRun>> _byKey = [];
    private readonly LinkedList<LiveRun> _byAge = [];

    public void Add(LiveRun run)
    {
        Remove(run.Message.RunKey)?.Evict();
        _byKey.Add(run.Message.RunKey, _byAge.AddLast(run));
    }

    /// <returns>The run of a message that was claimed, unless somebody else had it in between.</returns>
    public LiveRun? Remove(ClaimedMessage message)
    {
        var run = Remove(message.RunKey);
        if (run is null || run.Message.Attempt == message.Attempt - 1)
        {
            return run;
        }

        run.Evict();
        return null;
    }

    public void Trim(int most)
    {
        while (_byAge.Count > Math.Max(0, most))
        {
            Remove(_byAge.First!.Value.Message.RunKey)?.Evict(); // not empty, so there is a first
        }
    }

    private LiveRun? Remove(long runKey)
    {
        if (!_byKey.Remove(runKey, out var node))
        {
            return null;
        }

        _byAge.Remove(node);
        return node.Value;
    }
}
