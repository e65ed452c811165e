using System.Collections.Concurrent;

namespace TursoWorld.Runtime;

/// <summary>Runs whose code was given up and still holds a thread of this process. It is not begun a second time beside that.</summary>
internal sealed class HangingRuns
{
    private readonly ConcurrentDictionary<long, WorkflowHangsException> _reasons = [];

    public void Add(long runKey, WorkflowHangsException reason) => _reasons[runKey] = reason;

    /// <summary>Its thread is free.</summary>
    public void Remove(long runKey) => _reasons.TryRemove(runKey, out _);

    /// <exception cref="WorkflowHangsException">A thread still executes the code of the run.</exception>
    public void RequireNone(long runKey)
    {
        if (_reasons.TryGetValue(runKey, out var reason))
        {
            throw new WorkflowHangsException($"{reason.Message} The thread still hangs in this process; restarting it frees the thread.");
        }
    }
}
