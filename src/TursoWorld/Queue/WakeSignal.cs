using System.Threading.Channels;

namespace TursoWorld.Queue;

/// <summary>Lets a loop sleep until somebody has something for it, or until a time. Signals while it is awake count once.</summary>
internal sealed class WakeSignal(TimeProvider timeProvider)
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => _signals.Writer.TryWrite(true);

    /// <summary>Sleeps until an instant at the latest; returns early when the clock moves while the timer is being set.</summary>
    /// <param name="until">When; null to wait for a signal only.</param>
    /// <param name="cancellationToken">Ends the sleep.</param>
    public async Task WaitUntilAsync(DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var delay = Pause.Until(until, timeProvider);
        using var timeout = new CancellationTokenSource(delay, timeProvider);
        if (_signals.Reader.TryRead(out _) || Pause.Until(until, timeProvider) < delay)
        {
            return; // the timer would fire as much too late as the clock has moved
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _signals.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time has come.
        }
    }
}
