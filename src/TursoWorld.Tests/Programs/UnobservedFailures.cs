using System.Collections.Concurrent;

namespace TursoWorld.Tests.Programs;

/// <summary>Failures of programs that nobody has looked at: tasks that the library has begun and forgotten.</summary>
internal sealed class UnobservedFailures : IDisposable
{
    private readonly ConcurrentQueue<string> _seen = new();

    public UnobservedFailures() => TaskScheduler.UnobservedTaskException += Hear;

    /// <summary>Looks at everything that nobody refers to any more.</summary>
    public IReadOnlyCollection<string> Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return _seen;
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= Hear;

    private void Hear(object? sender, UnobservedTaskExceptionEventArgs unobserved)
    {
        // Other tests of this process may have reasons of their own.
        if (unobserved.Exception.ToString() is var text && text.Contains(WorkflowProgram.Mark, StringComparison.Ordinal))
        {
            _seen.Enqueue(text);
        }
    }
}
