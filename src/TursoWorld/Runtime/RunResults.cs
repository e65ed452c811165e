using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>Those who wait for the end of a run. They hear of it in memory, or when another process has ended it.</summary>
internal sealed class RunResults : IAsyncDisposable
{
    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource<RunOutcome>> _waiting = [];
    private readonly IRunReader _reader;
    private readonly WakeHub _hub;
    private readonly WorldDiagnostics _diagnostics;
    private Task _look = Task.CompletedTask;
    private bool _mustLook;

    public RunResults(IRunReader reader, WakeHub hub, WorldDiagnostics diagnostics)
    {
        _reader = reader;
        _hub = hub;
        _diagnostics = diagnostics;
        hub.RunEnded += OnRunEnded;
        hub.ChangedElsewhere += OnChangedElsewhere;
    }

    /// <exception cref="NotFoundException">There is no such run.</exception>
    public async Task<RunOutcome> WaitAsync(string runId, CancellationToken cancellationToken)
    {
        Task<RunOutcome> ending;
        lock (_lock)
        {
            if (!_waiting.TryGetValue(runId, out var source))
            {
                source = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add(runId, source);
            }

            ending = source.Task;
        }

        // Waiting first, then looking: an end in between is not missed.
        try
        {
            if (await _reader.FindOutcomeAsync(runId, cancellationToken).ConfigureAwait(false) is { } outcome)
            {
                OnRunEnded(runId, outcome);
            }
        }
        catch (NotFoundException)
        {
            lock (_lock)
            {
                _waiting.Remove(runId);
            }

            throw;
        }

        return await ending.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _hub.RunEnded -= OnRunEnded;
        _hub.ChangedElsewhere -= OnChangedElsewhere;
        await _look.ConfigureAwait(false);
        List<TaskCompletionSource<RunOutcome>> waiting;
        lock (_lock)
        {
            waiting = [.. _waiting.Values];
            _waiting.Clear();
        }

        waiting.ForEach(source => source.TrySetException(new ObjectDisposedException(
            "World", "The world was closed while somebody waited for a run, which goes on wherever its workflow is executed.")));
    }

    private void OnRunEnded(string runId, RunOutcome outcome)
    {
        TaskCompletionSource<RunOutcome>? source;
        lock (_lock)
        {
            _waiting.Remove(runId, out source);
        }

        source?.TrySetResult(outcome);
    }

    private void OnChangedElsewhere()
    {
        lock (_lock)
        {
            _mustLook = true;
            if (_waiting.Count > 0 && _look.IsCompleted)
            {
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
                foreach (var runId in await _reader.ListEndedAsync(runIds, CancellationToken.None).ConfigureAwait(false))
                {
                    var outcome = await _reader.FindOutcomeAsync(runId, CancellationToken.None).ConfigureAwait(false);
                    OnRunEnded(runId, outcome!); // listed as over, and nothing comes back from there
                }
            }
            catch (WorldException exception)
            {
                _diagnostics.LoopFailed("run.results", exception);
            }
        }
    }

    private List<string> TakeWaiting()
    {
        lock (_lock)
        {
            var runIds = _mustLook ? _waiting.Keys.ToList() : [];
            _mustLook = false;
            return runIds;
        }
    }
}
