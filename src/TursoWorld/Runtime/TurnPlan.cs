using System.Collections.ObjectModel;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>
/// One turn, before it is written: takes results, delivers them to the code one by one, and collects what the code asks
/// for. Pure but for the clock reading it is given.
/// </summary>
internal sealed class TurnPlan(ReplayEngine engine, DateTimeOffset clock, Random random)
{
    private readonly DateTimeOffset _now = Instants.RoundDown(engine.DecidedAt = clock);
    private readonly long _positionBefore = engine.Position;
    private readonly List<WorkflowEvent> _results = [];
    private int _begun;

    public string RunId => engine.Identity.RunId;

    /// <summary>What happened, in the order in which the code hears of it.</summary>
    public IReadOnlyList<WorkflowEvent> Results => _results;

    /// <summary>Why a step cannot begin in this process; null when none had to be given back for that.</summary>
    public string? BlockedReason { get; private set; }

    /// <summary>What has happened since the last turn, in the order in which the code hears of it.</summary>
    public void AddEverything(StepsInFlight steps)
    {
        // Before this turn records attempts of its own.
        var interrupted = steps.FindInterrupted(engine);
        AddStart();
        AddEnded(steps);
        if (engine.Recorded.Unreadable is not null)
        {
            return; // nothing more is begun
        }

        AddDueWaits();
        foreach (var step in interrupted)
        {
            AddInterruption(step);
        }

        if (engine.Recorded.Unreadable is null)
        {
            AddDueAttempts(steps);
            GiveSlots(steps);
        }
    }

    /// <summary>Attempts that ended, in the order in which they did.</summary>
    public void AddEnded(StepsInFlight steps)
    {
        foreach (var ended in steps.Unrecorded)
        {
            AddEnded(ended);
        }
    }

    /// <param name="ended">The end of an attempt; ignored when the log has moved past it.</param>
    public void AddEnded(EndedStep ended)
    {
        if (engine.Open.FindStep(ended.StepId) is { RetryAfter: null } step && step.Attempt == ended.Attempt)
        {
            BlockedReason ??= (ended.Outcome as StepOutcome.NotReady)?.Error.Message;
            if (AttemptEvents.End(step, ended.Outcome, NextPosition, At(_now), _now, random) is { } end)
            {
                Add(end);
            }
        }
    }

    /// <summary>The turn as it is to be written: results, then what the code asks for.</summary>
    /// <param name="message">In whose name.</param>
    /// <param name="seenWakes">Wake-ups whose events have been delivered.</param>
    /// <param name="isMarked">Whether the run says that it is blocked: it takes that back once it gets on.</param>
    /// <returns>Null when there is nothing to write and something in flight to wait for.</returns>
    public Turn? ToTurn(ClaimedMessage message, long seenWakes, bool isMarked = false)
    {
        var events = ToEvents();
        if (events.Count == 0 && engine.IsInFlight)
        {
            return null;
        }

        return new Turn
        {
            Message = message,
            RunId = RunId,
            ExpectedPosition = _results.Count > 0 ? _positionBefore : null,
            Events = events,
            Runs = NewRuns(),
            HasDecisions = events.Count > _results.Count,
            // What waits for nothing would sleep for ever: the next turn says so instead.
            Fate = engine.IsInFlight || engine.WaitsForNothing ? MessageFate.Keep : MessageFate.Park,
            DueAt = engine.NextDue,
            SeenWakes = seenWakes,
            HeardUntil = engine.Commands.IsFinal ? engine.Position : null,
            Leftovers = engine.Leftovers,
            IsChild = engine.Identity.IsChild,
            ClearsFailures = (message.Failures > 0 && events.Count > 0)
                || (isMarked && events.Exists(written => written is not (WorkflowEvent.StepStarted or WorkflowEvent.StepRetrying))),
            BlockedReason = BlockedReason,
            ClearsInterruptions = message.Interruptions > 0 && events.Count > 0 && !engine.Open.HasInterruptedSteps,
        };
    }

    public void AddStart()
    {
        if (!engine.IsStarted)
        {
            Add(new WorkflowEvent.RunStarted { Position = NextPosition, CreatedAt = At(_now) });
        }
    }

    /// <summary>Waits whose time has come, the earliest first.</summary>
    public void AddDueWaits()
    {
        foreach (var wait in engine.Open.ListDueWaits(_now))
        {
            // The code may have cancelled it, having heard of the one before.
            if (engine.Open.IsOpen(wait))
            {
                Add(new WorkflowEvent.WaitCompleted(wait.WaitId) { Position = NextPosition, CreatedAt = At(wait.ResumeAt) });
            }
        }
    }

    /// <summary>Attempts of steps that are due and for which there are slots, the earliest first.</summary>
    public void AddDueAttempts(StepsInFlight steps)
    {
        foreach (var step in engine.Open.ListDueRetries(_now))
        {
            engine.Open.AwaitSlot(step);
        }

        while (engine.Open.FirstAwaitingSlot is { } step && steps.TryHoldSlots(_begun + 1))
        {
            _begun++;
            Add(AttemptEvents.Begin(step, NextPosition, At(_now)));
        }
    }

    /// <summary>Whoever was at a step is gone.</summary>
    public void AddInterruption(StepRequest step)
    {
        if (engine.Open.IsOpen(step)) // the code may have cancelled it, having heard of something else in this turn
        {
            Add(AttemptEvents.Interrupt(step, NextPosition, At(_now), _now, random));
        }
    }

    /// <summary>What the code asks for begins with its record as far as there are slots.</summary>
    public void GiveSlots(StepsInFlight steps)
    {
        foreach (var command in engine.Commands)
        {
            if (command is Command.RunStep { Step: { IsQueued: false, IsCancelled: false } step })
            {
                step.HasSlot = engine.Open.FirstAwaitingSlot is null && steps.TryHoldSlots(_begun + 1);
                _begun += step.HasSlot ? 1 : 0;
            }

            if (command.EndsRun)
            {
                break;
            }
        }
    }

    private List<WorkflowEvent> ToEvents()
    {
        var events = new List<WorkflowEvent>(_results.Count + engine.Commands.Count);
        events.AddRange(_results);
        var position = engine.Position;
        var createdAt = At(_now);
        foreach (var command in engine.Commands)
        {
            events.Add(command.ToEvent(++position, createdAt));
            if (command.EndsRun)
            {
                break; // what a branch that nobody waits for asks for afterwards has no run any more
            }
        }

        return events;
    }

    private IReadOnlyDictionary<string, NewRun> NewRuns()
    {
        Dictionary<string, NewRun>? runs = null;
        foreach (var command in engine.Commands)
        {
            switch (command)
            {
                case Command.StartChild { Child: { IsCancelled: false } child }:
                    (runs ??= []).Add(child.Run.RunId, child.Run);
                    break;
                case Command.ContinueRun { Next: var next }:
                    (runs ??= []).Add(next.RunId, next);
                    break;
            }

            if (command.EndsRun)
            {
                break;
            }
        }

        return runs ?? (IReadOnlyDictionary<string, NewRun>)ReadOnlyDictionary<string, NewRun>.Empty;
    }

    private long NextPosition => engine.Position + 1;

    /// <summary>The instant of an event: chosen before the code sees it, and never before the event in front.</summary>
    private DateTimeOffset At(DateTimeOffset instant)
    {
        var latest = instant > _now ? instant : _now;
        return latest > engine.LastEventAt ? latest : engine.LastEventAt;
    }

    private void Add(WorkflowEvent result)
    {
        _results.Add(result);
        engine.Deliver(result);
    }
}
