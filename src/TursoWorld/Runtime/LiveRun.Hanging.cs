using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <content>
/// Code that does not come to an await. The thread that executes it cannot be stopped, so it is left alone: another one records what
/// has happened, and gives the message back. When the first one returns it finds that the run is not its any more.
/// </content>
internal sealed partial class LiveRun
{
    private readonly List<WorkflowEvent> _unwritten = [];
    private TurnPlan? _plan; // whose results are delivered and not written
    private ReplayEngine? _hung; // set before it is given up, so that its own thread finds it
    private WorkflowHangsException? _hangs;
    private (ReplayEngine Engine, long Execution, long Since)? _seen; // by the watch alone
    private volatile bool _isUnwound;

    /// <summary>Whether code executes at this moment.</summary>
    public bool IsInCode => Volatile.Read(ref _engine)?.Gate.Execution is not null;

    /// <summary>Gives the code up if it is what it was the limit ago.</summary>
    public void GiveUpIfHanging(TimeProvider clock, TimeSpan limit)
    {
        if (Volatile.Read(ref _engine) is not { } engine || engine.Gate.Execution is not { } execution)
        {
            return;
        }

        if (_seen is not { } seen || seen.Engine != engine || seen.Execution != execution)
        {
            _seen = (engine, execution, clock.GetTimestamp());
            return;
        }

        if (clock.GetElapsedTime(seen.Since) < limit)
        {
            return;
        }

        (_hung, _hangs) = (engine, WorkflowHangsException.Behind(engine.Position, limit));
        services.Hanging.Add(Message.RunKey, _hangs);
        if (engine.Gate.TryGiveUp(execution))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static run => _ = run.TakeOverAsync(), this, preferLocal: false);
        }
        else
        {
            services.Hanging.Remove(Message.RunKey); // it has come to rest at the last moment
        }
    }

    private bool IsHung => _engine is { Gate.IsGivenUp: true };

    /// <summary>In place of the worker whose thread the code holds.</summary>
    private Task TakeOverAsync()
    {
        _inbox.Post(null);
        return WorkAsync();
    }

    /// <summary>The thread that the code held is free.</summary>
    private void Unwind()
    {
        services.Hanging.Remove(Message.RunKey);
        _isUnwound = true;
        Post(null);
    }

    /// <summary>What has happened is recorded, what executes may finish; then the run waits for code that comes to rest.</summary>
    private async Task<bool> HungTurnAsync(ReplayEngine engine)
    {
        _unwritten.AddRange(_plan?.Results ?? []);
        _plan = null;
        _steps.GiveBackWaiting();
        var plan = new TurnPlan(engine, services.TimeProvider.GetUtcNow(), services.Random);
        plan.AddEnded(_steps);
        _unwritten.AddRange(plan.Results);
        if (_unwritten.Count == 0)
        {
            return _steps.IsIdle ? throw _hangs! : false; // set before the code was given up
        }

        var reply = await TryWriteAsync(ToRecord(engine.Identity.RunId, _unwritten, MessageFate.Keep)).ConfigureAwait(false);
        _unwritten.Clear();
        _steps.OnRecorded();
        if (reply.Outcome == TurnOutcome.Written)
        {
            _steps.Grant(reply.Events); // and given back in the next turn
        }
        else
        {
            _claim.Lose();
        }

        return true;
    }
}
