namespace TursoWorld;

/// <summary>Starts what executes in a world, and stops it: once each, in an order that loses nothing.</summary>
internal sealed class WorldLifecycle(WorldParts parts, SharedDatabase shared, TimeSpan shutdownTimeout) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _hurry = new();
    private volatile bool _isStarted;
    private volatile bool _isStopped;

    public bool IsRunning => _isStarted && !_isStopped;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfStopping();
            if (!_isStarted)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
                await shared.OpenDatabaseAsync(either.Token).ConfigureAwait(false);
                ThrowIfStopping();
                shared.Hub.RunWoken += parts.Handler.Look;
                shared.Hub.ClockMoved += parts.Handler.LookAtClock;
                parts.Keeper.Start();
                parts.CodeWatch.Start();
                parts.Poller.Start();
                parts.StepWorker.Start();
                parts.StepPoller.Start();
                parts.Queues.Start();
                parts.RetentionLoop.Start();
                parts.StallWatch.Start();
                _isStarted = true;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ThrowIfStopping();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_isStopped)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        using var hurrying = cancellationToken.UnsafeRegister(static hurry => ((CancellationTokenSource)hurry!).Cancel(), _hurry); // given here
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await parts.StallWatch.DisposeAsync().ConfigureAwait(false);
            if (_isStarted && !_isStopped)
            {
                await parts.RetentionLoop.DisposeAsync().ConfigureAwait(false);
                await parts.Poller.DisposeAsync().ConfigureAwait(false);
                await parts.StepPoller.DisposeAsync().ConfigureAwait(false);
                await parts.Queues.StopPollingAsync().ConfigureAwait(false);
                await FinishAsync().ConfigureAwait(false);
                await parts.CodeWatch.DisposeAsync().ConfigureAwait(false);
                await parts.Keeper.DisposeAsync().ConfigureAwait(false);
                shared.Hub.RunWoken -= parts.Handler.Look;
                shared.Hub.ClockMoved -= parts.Handler.LookAtClock;
                shared.Hub.SignalStepsChanged();
                shared.Hub.SignalMessagesChanged(); // another world of this process may go on with what was given back
                shared.Hub.SignalQueueChanged();
            }

            _isStopped = true;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Dispose();
        _stopping.Dispose();
        _hurry.Dispose();
    }

    private void ThrowIfStopping()
    {
        if (_stopping.IsCancellationRequested)
        {
            throw new InvalidOperationException("The world has been stopped. Make another one with CreateWorld.");
        }
    }

    /// <summary>Lets what executes finish until the time is over or somebody hurries, then cuts it short.</summary>
    private async Task FinishAsync()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_hurry.Token);
        var patience = Task.Delay(shutdownTimeout, shared.Clock, end.Token);
        await Task.WhenAll(
            parts.StepWorker.StopAsync(patience),
            parts.Handler.StopAsync(patience),
            parts.Queues.StopAsync(patience)).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
    }
}
