using System.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>
/// Looks now and then for code that does not come to rest, by a clock of its own: how long code takes has nothing to do with the
/// time that its world goes by.
/// </summary>
internal sealed class CodeWatch(WorkflowHandler handler, TimeSpan limit, TimeProvider clock) : IAsyncDisposable
{
    private ITimer? _timer;
    private int _isLooking;

    public void Start()
    {
        if (limit != Timeout.InfiniteTimeSpan)
        {
            _timer = clock.CreateTimer(static watch => ((CodeWatch)watch!).Look(), this, limit / 4, limit / 4);
        }
    }

    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Look()
    {
        // Whoever looks at a line takes his time. And where threads are rare, one look may not be over when the next begins.
        if (Debugger.IsAttached || Interlocked.Exchange(ref _isLooking, 1) != 0)
        {
            return;
        }

        try
        {
            handler.GiveUpHanging(clock, limit);
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }
}
