using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>What the code of a run asked for that is recorded and has no recorded end.</summary>
internal sealed class OpenRequests
{
    private readonly Dictionary<string, StepRequest> _steps = [];
    private readonly Dictionary<string, StepRequest> _retrying = [];
    private readonly Dictionary<string, WaitRequest> _waits = [];
    private readonly Dictionary<string, HookRequest> _hooks = [];
    private bool _hasHadWaits;

    public bool IsEmpty => _steps.Count + _waits.Count + _hooks.Count == 0;

    public IReadOnlyCollection<StepRequest> Steps => _steps.Values;

    /// <summary>Those of the steps that wait for a further attempt.</summary>
    public IReadOnlyCollection<StepRequest> RetryingSteps => _retrying.Values;

    public IReadOnlyCollection<WaitRequest> Waits => _waits.Values;

    /// <summary>Whether an attempt is recorded as running.</summary>
    public bool HasRunningSteps => _steps.Count > _retrying.Count;

    /// <summary>What the end of the run would have to close or remove. Waits keep their rows when they end.</summary>
    public RunLeftovers Leftovers =>
        (_steps.Count > 0 ? RunLeftovers.OpenSteps : RunLeftovers.None)
        | (_hasHadWaits ? RunLeftovers.Waits : RunLeftovers.None)
        | (_hooks.Count > 0 ? RunLeftovers.Hooks : RunLeftovers.None);

    /// <summary>When the first of them goes on by itself; null for never.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var wait in _waits.Values)
            {
                next = Instants.Earlier(next, wait.ResumeAt);
            }

            foreach (var step in _retrying.Values)
            {
                next = Instants.Earlier(next, step.RetryAfter);
            }

            return next;
        }
    }

    public void Add(StepRequest step) => _steps.Add(step.StepId, step);

    public void Add(WaitRequest wait)
    {
        _waits.Add(wait.WaitId, wait);
        _hasHadWaits = true;
    }

    public void Add(HookRequest hook) => _hooks.Add(hook.HookId, hook);

    public StepRequest? FindStep(string stepId) => _steps.GetValueOrDefault(stepId);

    public void BeginAttempt(StepRequest step, int attempt)
    {
        (step.Attempt, step.RetryAfter, step.HasBegunBefore) = (attempt, null, true);
        _retrying.Remove(step.StepId);
    }

    public void AwaitRetry(StepRequest step, int attempt, DateTimeOffset? retryAfter)
    {
        (step.Attempt, step.RetryAfter, step.HasBegunBefore) = (attempt, retryAfter, true);
        if (retryAfter is null)
        {
            _retrying.Remove(step.StepId);
        }
        else
        {
            _retrying[step.StepId] = step;
        }
    }

    /// <returns>The step, which is not open any more; null when it was not.</returns>
    public StepRequest? CloseStep(string stepId)
    {
        _retrying.Remove(stepId);
        return Take(_steps, stepId);
    }

    public WaitRequest? CloseWait(string waitId) => Take(_waits, waitId);

    public HookRequest? CloseHook(string hookId) => Take(_hooks, hookId);

    private static T? Take<T>(Dictionary<string, T> open, string id)
        where T : class => open.Remove(id, out var request) ? request : null;
}
