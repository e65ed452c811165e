namespace TursoWorld.LibSql.Http;

/// <summary>When waiting ends: at the time limit of the command, or when its caller gives up.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider _timeProvider;

    private readonly CancellationTokenSource _limit;

    private readonly CancellationTokenSource _either;

    private readonly CancellationToken _caller;

    private readonly long _begin;

    public Deadline(TimeSpan timeout, TimeProvider timeProvider, CancellationToken caller)
    {
        Timeout = timeout;
        _timeProvider = timeProvider;
        _caller = caller;
        _begin = timeProvider.GetTimestamp();
        _limit = new CancellationTokenSource(timeout, timeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, caller);
    }

    public TimeSpan Timeout { get; }

    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is over, and not just the caller's patience.</summary>
    public bool IsOver => _limit.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>What there is still time for.</summary>
    public bool Allows(TimeSpan delay) =>
        Timeout == System.Threading.Timeout.InfiniteTimeSpan || _timeProvider.GetElapsedTime(_begin) + delay < Timeout;

    /// <summary>Begins the time limit again: what is waited for has made progress.</summary>
    public void Restart() => _limit.CancelAfter(Timeout);

    /// <summary>Lets no time count until <see cref="Restart"/>: nothing is waited for.</summary>
    public void Pause() => _limit.CancelAfter(System.Threading.Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }
}
