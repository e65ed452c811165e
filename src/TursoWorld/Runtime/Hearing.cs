namespace TursoWorld.Runtime;

/// <summary>
/// In which portions the code hears of events: one at a time, unless it has decided too early behind some of them. Those it hears of
/// together with the next one.
/// </summary>
/// <param name="held">The positions of those.</param>
/// <param name="open">What the code has asked for.</param>
internal sealed class Hearing(IReadOnlySet<long> held, OpenRequests open)
{
    private readonly List<(Action<WorkflowEvent> Deliver, WorkflowEvent Event)> _waiting = [];

    /// <summary>The position behind which the code has ended; null while it has not.</summary>
    public long? EndDecidedAt { get; set; }

    /// <summary>
    /// Makes sure that the code has not decided something that it may decide otherwise when it hears of an event that somebody else has
    /// appended: a payload was accepted while its hook was open, and may not vanish because the code gave the hook up, or ended.
    /// </summary>
    /// <exception cref="DecidedTooEarlyException">It has.</exception>
    public void RequireUndecided(WorkflowEvent next)
    {
        var decidedAt = next switch
        {
            WorkflowEvent.HookReceived { HookId: var hookId } => open.FindCancelPosition(hookId) ?? EndDecidedAt,
            WorkflowEvent.ChildEnded when !open.IsVoid(next) => EndDecidedAt,
            WorkflowEvent.StepCompleted { StepId: var stepId } when open.FindStep(stepId) is { IsQueued: true } => EndDecidedAt,
            WorkflowEvent.StepFailed { StepId: var stepId } when open.FindStep(stepId) is { IsQueued: true } => EndDecidedAt,
            _ => null,
        };
        if (decidedAt is { } position)
        {
            throw new DecidedTooEarlyException(position, next.Position);
        }
    }

    /// <summary>Takes an event that the code may be waiting for.</summary>
    /// <returns>False when it is held back.</returns>
    public bool TryTake(Action<WorkflowEvent> deliver, WorkflowEvent next)
    {
        _waiting.Add((deliver, next));
        return !held.Contains(next.Position);
    }

    /// <summary>Delivers what has been taken, to code that runs afterwards.</summary>
    public void Deliver()
    {
        foreach (var (deliver, next) in _waiting)
        {
            deliver(next);
        }

        _waiting.Clear();
    }
}
