using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>Those who wait for the end of a run. They hear of it in memory, or when another process has ended it.</summary>
internal sealed class RunResults : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    // Guards everything below it but what is set once.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Ending> _waiting = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly RunServices _services;
    private readonly Func<string, bool> _isExecutedHere;
    private Task _look = Task.CompletedTask;
    private bool _isLooking;
    private bool _mustLook;

    /// <param name="services">What it reads with, and where it hears of ends.</param>
    /// <param name="isExecutedHere">Whether a run's end is yet to be told in memory.</param>
    public RunResults(RunServices services, Func<string, bool> isExecutedHere)
    {
        _services = services;
        _isExecutedHere = isExecutedHere;
        services.Hub.RunEnded += OnRunEnded;
        services.Hub.ChangedElsewhere += OnChangedElsewhere;
    }

    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="ObjectDisposedException">The world is closed, or was while the caller waited.</exception>
    public async Task<RunOutcome> WaitAsync(string runId, CancellationToken cancellationToken)
    {
        var ending = Enter(runId);
        try
        {
            // Waiting first, then looking: an end in between is not missed.
            if (!_isExecutedHere(runId)
                && await _services.Reader.FindOutcomeAsync(runId, cancellationToken).ConfigureAwait(false) is { } outcome)
            {
                return outcome;
            }

            return await ending.Source.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave(runId, ending);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _services.Hub.RunEnded -= OnRunEnded;
        _services.Hub.ChangedElsewhere -= OnChangedElsewhere;
        List<Ending> waiting;
        lock (_lock)
        {
            _stopping.Cancel();
            waiting = [.. _waiting.Values];
        }

        await _look.ConfigureAwait(false);
        waiting.ForEach(ending => ending.Source.TrySetException(Closed()));
        _stopping.Dispose();
    }

    private static ObjectDisposedException Closed() => new(
        "World", "The world is closed. The run goes on wherever its workflow is executed; wait for it in another world.");

    private Ending Enter(string runId)
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                throw Closed();
            }

            if (!_waiting.TryGetValue(runId, out var ending))
            {
                ending = new Ending();
                _waiting.Add(runId, ending);
            }

            ending.Waiters++;
            return ending;
        }
    }

    private void Leave(string runId, Ending ending)
    {
        lock (_lock)
        {
            if (--ending.Waiters == 0 && _waiting.GetValueOrDefault(runId) == ending)
            {
                _waiting.Remove(runId);
            }
        }
    }

    private void OnRunEnded(string runId, RunOutcome outcome) => Take(runId)?.Source.TrySetResult(outcome);

    private Ending? Take(string runId)
    {
        lock (_lock)
        {
            _waiting.Remove(runId, out var ending);
            return ending;
        }
    }

    private void OnChangedElsewhere()
    {
        lock (_lock)
        {
            _mustLook = true;
            if (!_isLooking && _waiting.Count > 0 && !_stopping.IsCancellationRequested)
            {
                _isLooking = true;
                _look = Task.Run(LookAsync);
            }
        }
    }

    private async Task LookAsync()
    {
        while (TakeWaiting() is { Count: > 0 } runIds)
        {
            try
            {
                await LookAsync(runIds).ConfigureAwait(false);
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                _services.Diagnostics.LoopFailed("run.results", exception);
                lock (_lock)
                {
                    _mustLook = true; // what was to be found is still there
                }

                await Task.Delay(PauseAfterFailure, _services.TimeProvider, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                return; // the database closes, and everybody who waits is told so
            }
        }
    }

    private async Task LookAsync(List<string> runIds)
    {
        foreach (var runId in await _services.Reader.ListEndedAsync(runIds, _stopping.Token).ConfigureAwait(false))
        {
            try
            {
                var outcome = await _services.Reader.FindOutcomeAsync(runId, _stopping.Token).ConfigureAwait(false);
                Take(runId)?.Source.TrySetResult(outcome!); // listed as over, and nothing comes back from there
            }
            catch (WorldException exception) when (exception is NotFoundException or PayloadCodecException)
            {
                // It was over, and somebody has deleted it; or it cannot be decoded here. Those who wait for others go on.
                Take(runId)?.Source.TrySetException(exception);
            }
        }
    }

    /// <returns>Whose end to look for; empty when the loop has to end, which it then has.</returns>
    private List<string> TakeWaiting()
    {
        lock (_lock)
        {
            var mustLook = _mustLook && !_stopping.IsCancellationRequested;
            var runIds = mustLook ? _waiting.Keys.ToList() : [];
            _isLooking = runIds.Count > 0;
            _mustLook = false;
            return runIds;
        }
    }

    /// <summary>The end of one run, and how many wait for it.</summary>
    private sealed class Ending
    {
        public TaskCompletionSource<RunOutcome> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Guarded by the lock.</summary>
        public int Waiters { get; set; }
    }
}
