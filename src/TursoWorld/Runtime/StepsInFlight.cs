using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>
/// The attempts of steps that belong to one live run: those this process may execute, those it is executing, and those
/// that ended and are not in the log yet. They outlive the memory of the workflow's code: after a replay they are found
/// again.
/// </summary>
internal sealed class StepsInFlight(WorldDiagnostics diagnostics)
{
    private readonly Dictionary<string, StepCancellation> _running = [];
    private readonly HashSet<(string StepId, int Attempt)> _granted = [];
    private readonly Queue<(string StepId, int Attempt)> _toStart = new();
    private readonly List<EndedStep> _unrecorded = [];
    private bool _isUnknown = true;

    /// <summary>True when nothing is executing.</summary>
    public bool IsIdle => _running.Count == 0;

    /// <summary>Attempts that ended and are not in the log, in the order in which they ended.</summary>
    public IReadOnlyList<EndedStep> Unrecorded => _unrecorded;

    /// <summary>An attempt has ended.</summary>
    public void Take(EndedStep ended)
    {
        _running.Remove(ended.StepId);
        _unrecorded.Add(ended);
    }

    /// <summary>The log has what ended.</summary>
    public void OnRecorded()
    {
        foreach (var ended in _unrecorded)
        {
            _granted.Remove((ended.StepId, ended.Attempt));
        }

        _unrecorded.Clear();
    }

    /// <summary>This process has recorded attempts, and so may execute them.</summary>
    public void Grant(IReadOnlyList<WorkflowEvent> events)
    {
        foreach (var written in events)
        {
            if (written is WorkflowEvent.StepCreated { Mode: StepMode.Inline } created)
            {
                Grant(created.StepId, 1);
            }
            else if (written is WorkflowEvent.StepStarted started)
            {
                Grant(started.StepId, started.Attempt);
            }
        }
    }

    /// <summary>The log says that a step was given up: its attempt, if one executes, is cut short.</summary>
    public void Cancel(string stepId)
    {
        if (_running.TryGetValue(stepId, out var attempt))
        {
            attempt.Cancel(CancellationCause.StepCancelled);
        }
    }

    /// <summary>Attempts that were recorded and will not begin here any more do not count.</summary>
    public void GiveBackWaiting()
    {
        while (_toStart.TryDequeue(out var waiting))
        {
            _unrecorded.Add(new EndedStep(waiting.StepId, waiting.Attempt, new StepOutcome.GivenBack()));
        }
    }

    /// <summary>The workflow's code begins anew: what is open has to be compared with what is in flight.</summary>
    public void OnForgotten() => _isUnknown = true;

    /// <summary>
    /// Steps that the log has as running, but not by this process: whoever was at it is gone. Found out once after a
    /// replay, because nobody else can begin a step while this process has the run.
    /// </summary>
    public IReadOnlyList<StepRequest> FindInterrupted(ReplayEngine engine)
    {
        if (!_isUnknown)
        {
            return [];
        }

        _isUnknown = false;
        return engine.Open.Steps
            .Where(step => !step.IsQueued && step.RetryAfter is null && !_granted.Contains((step.StepId, step.Attempt)))
            .ToList();
    }

    /// <summary>Executes what may be executed and does not yet.</summary>
    public void Start(ReplayEngine engine, Action<StepRequest, StepCancellation> execute)
    {
        while (_toStart.TryDequeue(out var waiting))
        {
            if (engine.Open.FindStep(waiting.StepId) is not { } step)
            {
                _granted.Remove(waiting); // given up before it began
            }
            else if (step.RetryAfter is null && !_running.ContainsKey(step.StepId))
            {
                var cancellation = new StepCancellation(diagnostics);
                _running.Add(step.StepId, cancellation);
                execute(step, cancellation);
            }
        }
    }

    private void Grant(string stepId, int attempt)
    {
        _granted.Add((stepId, attempt));
        _toStart.Enqueue((stepId, attempt));
    }
}
