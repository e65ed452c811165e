using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>
/// Finds out that another process has committed, and looks after the other workers and the clock. Asking SQLite costs
/// microseconds; only when something has changed does anybody read.
/// </summary>
internal sealed class ChangeWatcher(
    ISqlDatabase database, WorkerRegistry registry, ClockWatch clockWatch, WakeHub hub, TimeProvider timeProvider,
    WorldDiagnostics diagnostics)
    : IAsyncDisposable
{
    private const int PausesBetweenRollCalls = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan IntervalAlone = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stopping = new();
    private Ticker? _ticker;
    private Task _turns = Task.CompletedTask;
    private long _seen = -1;
    private long _latestRollCall = timeProvider.GetTimestamp();
    private int _due;

    public void Start()
    {
        _ticker = new Ticker(Pause, timeProvider, Tick);
        _ticker.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_ticker is not null)
        {
            await _ticker.DisposeAsync().ConfigureAwait(false);
        }

        await _turns.ConfigureAwait(false);
        _stopping.Dispose();
    }

    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        var counter = await database.ReadChangeCounterAsync(cancellationToken).ConfigureAwait(false);
        var hasChanged = counter != _seen;
        if (hasChanged)
        {
            _seen = counter;
            hub.SignalChangedElsewhere();
        }

        // The death of a worker commits nothing. Whoever writes where nobody else was may have come to stay.
        var isDue = timeProvider.GetElapsedTime(_latestRollCall) >= PausesBetweenRollCalls * Pause();
        if (isDue || (hasChanged && !database.IsShared))
        {
            _latestRollCall = timeProvider.GetTimestamp();
            await registry.LookAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private TimeSpan Pause() => database.IsShared ? Interval : IntervalAlone;

    private void Tick()
    {
        clockWatch.Look();
        if (Interlocked.Increment(ref _due) == 1)
        {
            _turns = RunAsync();
        }
    }

    /// <summary>One look; while it lasts, all ticks together ask for one more.</summary>
    private async Task RunAsync()
    {
        int answered;
        do
        {
            answered = Volatile.Read(ref _due);
            try
            {
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
        while (Interlocked.Add(ref _due, -answered) > 0);
    }
}
