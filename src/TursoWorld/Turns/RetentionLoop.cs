using TursoWorld.Diagnostics;

namespace TursoWorld.Turns;

/// <summary>
/// Goes on with cascades and deletions that were cut short, then purges about once a minute as long as the world runs. Each
/// process does it at moments of its own.
/// </summary>
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
        await TryAsync(retention.ResumeAsync).ConfigureAwait(false);
        while (!_stopping.IsCancellationRequested)
        {
            await TryAsync(PurgeLaterAsync).ConfigureAwait(false);
        }
    }

    private async Task PurgeLaterAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromSeconds(LeastSeconds + (JitterSeconds * random.NextDouble()));
        await Task.Delay(pause, timeProvider, cancellationToken).ConfigureAwait(false);
        await retention.PurgeAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task TryAsync(Func<CancellationToken, Task> turn)
    {
        try
        {
            await turn(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // What is left is for whoever comes next.
        }
        catch (Exception exception)
        {
            diagnostics.LoopFailed("turns.retention", exception);
        }
    }
}
