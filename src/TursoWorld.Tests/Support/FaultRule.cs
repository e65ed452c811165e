namespace TursoWorld.Tests.Support;

/// <summary>Which requests a fault is for.</summary>
/// <param name="fault">What becomes of them.</param>
/// <param name="matches">Which requests count.</param>
/// <param name="skip">How many of those pass before.</param>
/// <param name="times">How many are hit after that.</param>
internal sealed class FaultRule(Fault fault, Func<ProxiedRequest, bool> matches, int skip, int times)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource<ProxiedRequest> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _seen;

    public Fault Fault => fault;

    /// <summary>How many requests it has hit.</summary>
    public int Hits => Math.Clamp(Volatile.Read(ref _seen) - skip, 0, times);

    /// <summary>The first request that it hits.</summary>
    public Task<ProxiedRequest> ReachedAsync() => _reached.Task.WaitAsync(Limit);

    /// <summary>Whether it hits this request. Asked once for each request, one after the other.</summary>
    internal bool Hit(ProxiedRequest request)
    {
        if (!matches(request))
        {
            return false;
        }

        var number = Interlocked.Increment(ref _seen) - skip;
        if (number < 1 || number > times)
        {
            return false;
        }

        _reached.TrySetResult(request);
        return true;
    }
}
