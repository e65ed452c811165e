using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>Renews every lease of its world in one statement, three times per lease. A handler may run for hours.</summary>
internal sealed class LeaseKeeper(
    QueueStore queue, IMessageHandler handler, TimeSpan lease, TimeProvider timeProvider, WorldDiagnostics diagnostics)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        var held = handler.Held;
        if (held.Count == 0)
        {
            return;
        }

        foreach (var lost in await queue.RenewAsync(held, cancellationToken).ConfigureAwait(false))
        {
            handler.Lose(lost);
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(lease / 3, timeProvider, _stopping.Token).ConfigureAwait(false);
                await TurnAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                diagnostics.LoopFailed("queue.keep_leases", exception);
            }
        }
    }
}
