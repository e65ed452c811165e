using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>
/// A loop of turns. Each says until when nothing changes by itself: the loop sleeps until then, or until it is woken. A turn
/// that fails is reported, and the next comes after a pause. Nothing but being disposed of ends it.
/// </summary>
internal sealed class PollLoop(string name, TimeProvider timeProvider, WorldDiagnostics diagnostics) : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly WakeSignal _signal = new(timeProvider);
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Fires when the loop is to end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <param name="turn">One look. Returns when to look again without being woken; null for never.</param>
    public void Start(Func<CancellationToken, Task<DateTimeOffset?>> turn) => _loop = Task.Run(() => RunAsync(turn));

    /// <summary>Makes the loop take a turn, now or after the one it is in.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Returns when no turn is under way any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync(Func<CancellationToken, Task<DateTimeOffset?>> turn)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var until = await turn(_stopping.Token).ConfigureAwait(false);
                await _signal.WaitUntilAsync(until, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                diagnostics.LoopFailed(name, exception);
                await Task.Delay(PauseAfterFailure, timeProvider, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
