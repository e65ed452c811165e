using TursoWorld.Sql.Sqlite;

namespace TursoWorld.Queue;

/// <summary>
/// Calls a function again and again, and asks before each pause how long that is to be. With the clock of the system it does so on a thread of its own that sleeps in between:
/// with a timer, each call would wake a thread of the pool, which spins before it sleeps again and so costs ten times as much.
/// The pause has to be short, because nothing ends the sleep.
/// </summary>
internal sealed class Ticker(Func<TimeSpan> interval, TimeProvider timeProvider, Action tick) : IAsyncDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _timer;
    private TimeSpan _pause;
    private volatile bool _isStopping;

    public void Start()
    {
        if (timeProvider == TimeProvider.System)
        {
            // Without the context of whoever happened to open the database.
            new Thread(Run) { IsBackground = true, Name = "TursoWorld.Ticker" }.UnsafeStart();
        }
        else
        {
            _pause = interval();
            _timer = timeProvider.CreateTimer(_ => Fire(), state: null, _pause, _pause);
            _ended.SetResult();
        }
    }

    /// <summary>Returns when the function is not called any more: a pause later at most, and it may be called once until then.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        await _ended.Task.ConfigureAwait(false);
    }

    private void Fire()
    {
        tick();
        if (interval() is var pause && pause != _pause)
        {
            _pause = pause;
            _timer?.Change(pause, pause); // does nothing once it is disposed
        }
    }

    private void Run()
    {
        while (!_isStopping)
        {
            NativeSleep.Microseconds((long)interval().TotalMicroseconds);
            tick();
        }

        _ended.SetResult();
    }
}
