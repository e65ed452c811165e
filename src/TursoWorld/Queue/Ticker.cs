using TursoWorld.Sql.Sqlite;

namespace TursoWorld.Queue;

/// <summary>
/// Calls a function at regular intervals. With the clock of the system it does so on a thread of its own that sleeps in between:
/// with a timer, each call would wake a thread of the pool, which spins before it sleeps again and so costs ten times as much.
/// The interval has to be short, because nothing ends the sleep.
/// </summary>
internal sealed class Ticker(TimeSpan interval, TimeProvider timeProvider, Action tick) : IAsyncDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
            _timer = timeProvider.CreateTimer(_ => tick(), state: null, interval, interval);
            _ended.SetResult();
        }
    }

    /// <summary>Returns when the function is not called any more: an interval later at most, and it may be called once until then.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        await _ended.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        while (!_isStopping)
        {
            NativeSleep.Microseconds((long)interval.TotalMicroseconds);
            tick();
        }

        _ended.SetResult();
    }
}
