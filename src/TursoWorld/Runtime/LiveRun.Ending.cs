using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <content>Turns in which nothing new is decided: what executes ends, and the run goes.</content>
internal sealed partial class LiveRun
{
    /// <summary>
    /// The code awaits something foreign, or cannot read what is recorded. What has happened is recorded, what executes may finish, nothing new is decided;
    /// then the run waits for code that can go on.
    /// </summary>
    private async Task<bool> BlockAsync(ReplayEngine engine, TurnPlan plan)
    {
        if (plan.Results.Count > 0)
        {
            await RecordAsync(plan, plan.RunId, MessageFate.Keep).ConfigureAwait(false);
            return true;
        }

        return _steps.IsIdle ? throw (engine.Recorded.Unreadable as Exception ?? NondeterminismException.Foreign(engine.Position)) : false;
    }

    /// <summary>A turn is written that says, or takes back, that something of the run cannot go on here.</summary>
    private void Mark(Turn turn)
    {
        _isMarked = turn.BlockedReason is not null || (_isMarked && !turn.ClearsFailures);
        if (turn.BlockedReason is { } reason)
        {
            services.Diagnostics.RunBlocked(turn.RunId, reason);
        }
    }

    /// <summary>While this process stops: the run goes on elsewhere as soon as nothing of it executes here.</summary>
    private Task<bool> StopTurnAsync(TurnPlan plan) => WindDownAsync(plan, MessageFate.Release);

    /// <summary>While the run is paused: it parks, without a timer, as soon as nothing of it executes.</summary>
    private Task<bool> PauseTurnAsync(TurnPlan plan) => WindDownAsync(plan, MessageFate.Park);

    /// <summary>What steps have done is recorded, and nothing new is decided.</summary>
    private async Task<bool> WindDownAsync(TurnPlan plan, MessageFate lastFate)
    {
        _steps.GiveBackWaiting();
        plan.AddEnded(_steps);
        var isLast = _steps.IsIdle;
        var hasNews = plan.Results.Count > 0 || isLast;
        if (hasNews && !await RecordAsync(plan, plan.RunId, isLast ? lastFate : MessageFate.Keep).ConfigureAwait(false))
        {
            return true;
        }

        if (isLast)
        {
            Leave(LiveRunEnd.Gone);
            if (lastFate == MessageFate.Park)
            {
                services.Diagnostics.RunParked(plan.RunId, dueAt: null);
            }
        }

        return false;
    }
}
