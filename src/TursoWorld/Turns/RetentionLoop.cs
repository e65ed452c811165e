using TursoWorld.Diagnostics;

namespace TursoWorld.Turns;

/// <summary>Purges about once a minute as long as the world runs. Each process does it at moments of its own.</summary>
internal sealed class RetentionLoop(
    Retention retention, TimeProvider timeProvider, Random random, WorldDiagnostics diagnostics) : IAsyncDisposable
{
    private const double LeastSeconds = 48;
    private const double JitterSeconds = 24;

    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var pause = TimeSpan.FromSeconds(LeastSeconds + (JitterSeconds * random.NextDouble()));
                await Task.Delay(pause, timeProvider, _stopping.Token).ConfigureAwait(false);
                await retention.PurgeAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                diagnostics.LoopFailed("turns.retention", exception);
            }
        }
    }
}
