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
    private readonly Lock _lock = new(); // the timer is not armed any more once it is disposed
    private ITimer? _timer;
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
            // Armed for one pause at a time: a clock that is moved by days would fire a periodic timer millions of times.
            _timer = timeProvider.CreateTimer(_ => Fire(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Arm();
            _ended.SetResult();
        }
    }

    /// <summary>Returns when the function is not called any more: a pause later at most, and it may be called once until then.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isStopping = true;
        }

        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        await _ended.Task.ConfigureAwait(false);
    }

    private void Fire()
    {
        if (!_isStopping)
        {
            tick();
            Arm();
        }
    }

    private void Arm()
    {
        lock (_lock)
        {
            if (!_isStopping)
            {
                _timer!.Change(interval(), Timeout.InfiniteTimeSpan); // the callers have it
            }
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
