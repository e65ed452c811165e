using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>
/// The attempts of steps that belong to one live run: those this process may execute, those it is executing, and those
/// that ended and are not in the log yet. They outlive the memory of the workflow's code: after a replay they are found
/// again.
/// </summary>
internal sealed class StepsInFlight(Slots slots, WorldDiagnostics diagnostics)
{
    private readonly StepSlots _slots = new(slots);
    private readonly Dictionary<string, StepCancellation> _running = [];
    private readonly HashSet<(string StepId, int Attempt)> _granted = [];
    private readonly Queue<(string StepId, int Attempt)> _toStart = new();
    private readonly List<EndedStep> _unrecorded = [];
    private bool _isUnknown = true;

    /// <summary>True when nothing is executing.</summary>
    public bool IsIdle => _running.Count == 0;

    /// <summary>Whether only one attempt may execute at a time: the process died several times while this run was at work.</summary>
    public bool IsOneByOne { get; set; }

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

    /// <summary>Whether there are slots for so many attempts that are about to be recorded.</summary>
    public bool TryHoldSlots(int count) =>
        (!IsOneByOne || _running.Count + _toStart.Count + count <= 1) && _slots.TryHold(_toStart.Count + count);

    /// <summary>Stands in line for a slot, unless the run itself has to finish something before.</summary>
    /// <param name="onGranted">Called when there is one, on any thread.</param>
    public void AwaitSlot(Action onGranted)
    {
        if (!IsOneByOne || _running.Count == 0)
        {
            _slots.StandInLine(onGranted);
        }
    }

    /// <summary>Gives back slots that no recorded attempt needs.</summary>
    public void ReturnSlots()
    {
        _slots.LeaveLine();
        _slots.Keep(_toStart.Count);
    }

    /// <summary>Nothing begins here any more.</summary>
    public void Abandon()
    {
        _toStart.Clear();
        ReturnSlots();
    }

    /// <summary>This process has recorded attempts, and so may execute them.</summary>
    public void Grant(IReadOnlyList<WorkflowEvent> events)
    {
        foreach (var written in events)
        {
            if (written is WorkflowEvent.StepCreated { IsBegun: true } created)
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

        ReturnSlots();
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
            .Where(step => !step.IsQueued && step.IsRunning && !_granted.Contains((step.StepId, step.Attempt)))
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
                _slots.Use();
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
