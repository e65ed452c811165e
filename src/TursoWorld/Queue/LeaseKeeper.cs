using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Queue;

/// <summary>Renews every lease of its world in one statement, three times per lease. A handler may run for hours.</summary>
internal sealed class LeaseKeeper(
    QueueStore queue, IReadOnlyList<ILeaseHolder> holders, TimeSpan lease, TimeProvider timeProvider, WorldDiagnostics diagnostics)
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
        var held = holders.SelectMany(holder => holder.Held, (holder, item) => (Holder: holder, Item: item)).ToList();
        if (held.Count == 0)
        {
            return;
        }

        var lost = await queue.RenewAsync(held.ConvertAll(each => each.Item), cancellationToken).ConfigureAwait(false);
        foreach (var (holder, item) in held.Where(each => lost.Contains(each.Item.Message)))
        {
            holder.Lose(item.Message);
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
