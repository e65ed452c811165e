using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>
/// The runs of a world: those it works on, and those that are parked and stay in memory as long as there is room, the
/// least recently used going first.
/// </summary>
internal sealed class WorkflowHandler(RunServices services, int maxLiveRuns) : IMessageHandler
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly Dictionary<WorkflowKey, WorkflowDefinition> _definitions = [];
    private readonly Dictionary<long, LiveRun> _active = [];
    private readonly HashSet<string> _begun = [];
    private readonly ParkedRuns _parked = new();
    private int _reserved;
    private bool _isStarved;
    private bool _isStopping;
    private TaskCompletionSource? _gone;

    public IReadOnlyList<WorkflowKey> Workflows
    {
        get
        {
            lock (_lock)
            {
                return [.. _definitions.Keys];
            }
        }
    }

    public IReadOnlyList<HeldMessage> Held
    {
        get
        {
            lock (_lock)
            {
                return _active.Values.Select(run => new HeldMessage(run.Message, run.SeenWakes)).ToList();
            }
        }
    }

    /// <exception cref="ConflictException">That name and version is registered already.</exception>
    /// <exception cref="InvalidRegistrationException">No instance of a class can be made.</exception>
    /// <exception cref="SerializationException">Values of a type do not survive being stored.</exception>
    public void Register(IReadOnlyList<WorkflowDefinition> definitions)
    {
        foreach (var implementation in definitions.Select(definition => definition.Implementation).OfType<Type>())
        {
            services.Activation.Check(implementation);
        }

        foreach (var definition in definitions)
        {
            definition.CheckTypes(services.Payloads);
        }

        lock (_lock)
        {
            // All or none: a bad list changes nothing.
            var known = new HashSet<WorkflowKey>(_definitions.Keys);
            foreach (var definition in definitions)
            {
                if (!known.Add(definition.Key))
                {
                    throw ConflictException.Workflow(definition.Name, definition.Version);
                }
            }

            foreach (var definition in definitions)
            {
                _definitions.Add(definition.Key, definition);
            }
        }

        services.Hub.SignalMessagesChanged();
    }

    /// <summary>The newest version registered under a name.</summary>
    public WorkflowDefinition? Find(string workflowName)
    {
        lock (_lock)
        {
            return _definitions.Values.Where(d => d.Name == workflowName).MaxBy(d => d.Version);
        }
    }

    public bool IsRegistered(WorkflowKey workflow)
    {
        lock (_lock)
        {
            return _definitions.ContainsKey(workflow);
        }
    }

    /// <summary>True for a run that began here and has not left: its end, if it comes, is still to be told.</summary>
    public bool IsExecuting(string runId)
    {
        lock (_lock)
        {
            return _begun.Contains(runId);
        }
    }

    public int Reserve(int most)
    {
        lock (_lock)
        {
            var room = _isStopping ? 0 : Math.Clamp(maxLiveRuns - _active.Count - _reserved, 0, most);
            _reserved += room;
            _isStarved |= room == 0;
            return room;
        }
    }

    public void Unreserve(int count)
    {
        bool isWanted;
        lock (_lock)
        {
            _reserved -= count;
            isWanted = _isStarved && count > 0;
            _isStarved &= !isWanted;
            TellIfGone();
        }

        if (isWanted)
        {
            services.Hub.SignalMessagesChanged();
        }
    }

    public void Take(WorkflowKey workflow, ClaimedMessage message)
    {
        LiveRun run;
        lock (_lock)
        {
            run = _parked.Remove(message) ?? NewRun(_definitions[workflow]);
            if (_active.TryGetValue(message.RunKey, out var before))
            {
                _begun.Remove(before.BegunAs ?? ""); // it has parked, and has not said so yet
            }

            Activate(run, message);
        }

        run.Resume(message);
    }

    /// <summary>Begins with a run that was stored a moment ago, in room reserved before.</summary>
    public void Begin(StartedRun started)
    {
        LiveRun run;
        lock (_lock)
        {
            run = NewRun(_definitions[started.Identity.Workflow]);
            _begun.Add(started.Identity.RunId);
            Activate(run, started.Message);
        }

        run.Begin(started);
    }

    public void Look(long runKey) => FindActive(runKey)?.Look();

    /// <summary>Sleeps and retries of runs that are busy may be due, or later than they were.</summary>
    public void LookAtClock()
    {
        List<LiveRun> runs;
        lock (_lock)
        {
            runs = [.. _active.Values];
        }

        runs.ForEach(run => run.LookAtClock());
    }

    public void Lose(ClaimedMessage message)
    {
        FindActive(message.RunKey)?.Lose(message.LeaseToken);
    }

    /// <summary>Gives up code that has not come to an await for as long as it may take.</summary>
    public void GiveUpHanging(TimeProvider clock, TimeSpan limit)
    {
        List<LiveRun> runs;
        lock (_lock)
        {
            runs = [.. _active.Values.Where(run => run.IsInCode)];
        }

        runs.ForEach(run => run.GiveUpIfHanging(clock, limit));
    }

    /// <summary>Finishes what executes, until nobody has the patience any more, then cuts it short; gives every message back.</summary>
    public async Task StopAsync(Task patience)
    {
        List<LiveRun> runs;
        lock (_lock)
        {
            _isStopping = true;
            runs = [.. _active.Values];
        }

        runs.ForEach(run => run.Stop());
        if (!await AreGoneAsync(patience).ConfigureAwait(false))
        {
            lock (_lock)
            {
                runs = [.. _active.Values];
            }

            runs.ForEach(run => run.CancelSteps());
            await AreGoneAsync(Task.Delay(Grace, services.TimeProvider, CancellationToken.None)).ConfigureAwait(false);
        }

        lock (_lock)
        {
            _parked.Trim(0);
        }

        await services.Activation.WaitForEndsAsync(Grace, services.TimeProvider).ConfigureAwait(false);
    }

    private LiveRun NewRun(WorkflowDefinition definition) => new(definition, services, OnLeave);

    private LiveRun? FindActive(long runKey)
    {
        lock (_lock)
        {
            return _active.GetValueOrDefault(runKey);
        }
    }

    /// <summary>Uses room reserved before. While this process stops, a run that comes in is given back at once.</summary>
    private void Activate(LiveRun run, ClaimedMessage message)
    {
        _active[message.RunKey] = run;
        _reserved--;
        _parked.Trim(maxLiveRuns - _active.Count);
        if (_isStopping)
        {
            run.Stop();
        }
    }

    private void OnLeave(LiveRun run, LiveRunEnd end)
    {
        bool isWanted;
        var isKept = false;
        lock (_lock)
        {
            // A message may have been claimed again before its run has said that it is parked.
            if (_active.GetValueOrDefault(run.Message.RunKey) == run)
            {
                _active.Remove(run.Message.RunKey);
                _begun.Remove(run.BegunAs ?? "");
                if (end == LiveRunEnd.Parked && !_isStopping)
                {
                    _parked.Add(run);
                    _parked.Trim(maxLiveRuns - _active.Count);
                    isKept = true;
                }
            }

            isWanted = _isStarved || run.ParkedUntil is not null;
            _isStarved = false;
            TellIfGone();
        }

        if (end == LiveRunEnd.Parked && !isKept)
        {
            run.Evict();
        }

        if (isWanted)
        {
            services.Hub.SignalMessagesChanged();
        }
    }

    private void TellIfGone()
    {
        if (_active.Count + _reserved == 0)
        {
            _gone?.TrySetResult();
        }
    }

    private async Task<bool> AreGoneAsync(Task patience)
    {
        Task gone;
        lock (_lock)
        {
            if (_active.Count + _reserved == 0)
            {
                return true;
            }

            _gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gone = _gone.Task;
        }

        await Task.WhenAny(gone, patience).ConfigureAwait(false);
        return gone.IsCompleted;
    }
}
