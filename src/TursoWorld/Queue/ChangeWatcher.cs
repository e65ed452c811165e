using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>
/// Finds out that another process has committed, and looks after the other workers. Asking SQLite costs microseconds;
/// only when something has changed does anybody read.
/// </summary>
internal sealed class ChangeWatcher(
    ISqlDatabase database, WorkerRegistry registry, WakeHub hub, TimeProvider timeProvider, WorldDiagnostics diagnostics)
    : IAsyncDisposable
{
    private const int LooksBetweenRollCalls = 25;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private long _seen = -1;
    private int _looks;

    public void Start() => _loop = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        var counter = await database.ReadChangeCounterAsync(cancellationToken).ConfigureAwait(false);
        if (counter != _seen)
        {
            _seen = counter;
            hub.SignalChangedElsewhere();
        }

        // The death of a worker commits nothing.
        if (++_looks % LooksBetweenRollCalls == 0)
        {
            await registry.LookAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false);
                await TurnAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                diagnostics.LoopFailed("queue.watch", exception);
            }
        }
    }
}
