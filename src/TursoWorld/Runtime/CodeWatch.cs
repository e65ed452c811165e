using System.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>
/// Looks now and then for code that does not come to rest, by a clock of its own: how long code takes has nothing to do with the
/// time that its world goes by.
/// </summary>
internal sealed class CodeWatch(WorkflowHandler handler, TimeSpan limit, TimeProvider clock) : IAsyncDisposable
{
    private ITimer? _timer;

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
        if (!Debugger.IsAttached) // whoever looks at a line takes his time
        {
            handler.GiveUpHanging(clock, limit);
        }
    }
}
