using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Runtime;
using TursoWorld.Tests.Runtime;

namespace TursoWorld.Tests.Programs;

/// <summary>What a simulated process forgets at the end of a turn.</summary>
internal enum Forgetting
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>The memory of the code, as when a turn is dropped. Steps go on.</summary>
    Code,

    /// <summary>Everything, every other time, as when it is killed. Steps die with it.</summary>
    Everything,
}

/// <summary>
/// Takes a run of a program from its log to its end, without a database and without threads: what happens next, and in
/// which order, is drawn from a seed. The rules are those of a live run and of the statements that write its turns.
/// </summary>
#pragma warning disable CA1001 // Slots hold nothing but memory here.
internal sealed class Simulation
#pragma warning restore CA1001
{
    private const int MostTurns = 5_000;

    private readonly WorkflowProgram _program;
    private readonly Forgetting _forgetting;
    private readonly Random _schedule;
    private readonly Random _jitter;
    private readonly WorldDiagnostics _diagnostics = new(NullLoggerFactory.Instance);
    private readonly List<WorkflowEvent> _log;
    private readonly List<int> _commits = [];
    private readonly List<Executing> _executing = [];
    private readonly Surroundings _surroundings;
    private readonly HashSet<long> _held = [];
    private readonly Slots _slots;
    private StepsInFlight _steps;
    private ReplayEngine? _engine;
    private DateTimeOffset _clock;

    /// <param name="program">The program.</param>
    /// <param name="schedule">What happens when.</param>
    /// <param name="forgetting">At the end of each turn.</param>
    /// <param name="log">What has been recorded by others before; nothing for a new run.</param>
    public Simulation(
        WorkflowProgram program, int schedule, Forgetting forgetting = Forgetting.Nothing, IEnumerable<WorkflowEvent>? log = null)
    {
        (_program, _forgetting) = (program, forgetting);
        (_schedule, _jitter) = (new Random(schedule), new Random(schedule));
        _slots = new Slots(1 + (schedule & 7)); // few enough for steps to wait now and then
        _steps = new StepsInFlight(_slots, _diagnostics);
        _log = [.. log ?? History.Created(program.Beginning).Events];
        _surroundings = new Surroundings(program, _log, _schedule);
        _clock = _log[^1].CreatedAt;
    }

    /// <summary>Whether payloads come only when nothing else can happen.</summary>
    public bool PayloadsComeLast { get; init; }

    /// <summary>Whether somebody pauses the run and resumes it, now and then.</summary>
    public bool IsPausedAtTimes { get; init; }

    public IReadOnlyList<WorkflowEvent> Log => _log;

    /// <summary>Where the log ended after each unit that was written.</summary>
    public IReadOnlyList<int> Commits => _commits;

    /// <summary>What the run began with.</summary>
    public ProgramInput Input => ProgramCheck.InputOf(_log);

    public string Result => ProgramCheck.ResultOf(_log);

    /// <summary>Whether it has ended to go on as a new run.</summary>
    public bool GoesOn => _log[^1] is WorkflowEvent.RunCompleted { ContinuedToRunId: not null };

    /// <summary>Runs a program, and whatever it goes on as.</summary>
    public static Simulation RunToTheLast(WorkflowProgram program, int schedule)
    {
        for (var input = program.Beginning; ; input = input with { Generation = input.Generation + 1 })
        {
            var run = new Simulation(program, schedule, log: History.Created(input).Events).Run();
            if (!run.GoesOn)
            {
                return run;
            }
        }
    }

    public Simulation Run()
    {
        for (var turns = 0; !IsOver; turns++)
        {
            if (turns > MostTurns)
            {
                throw new InvalidOperationException("The run does not end.");
            }

            var isUnfinished = Turn();
            if (_forgetting == Forgetting.Everything && _schedule.Next(2) == 0)
            {
                _slots.Release(_executing.Count);
                _executing.Clear();
                _steps.Abandon();
                (_engine, _steps) = (null, new StepsInFlight(_slots, _diagnostics));
            }

            if (!isUnfinished)
            {
                Happen();
            }
        }

        return this;
    }

    /// <summary>Somebody sends a payload to a hook that waits.</summary>
    public Simulation Receive(WorkflowEvent.HookCreated hook)
    {
        Tell(Surroundings.SendTo(hook));
        return this;
    }

    private bool IsOver => _log[^1] is WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed or WorkflowEvent.RunCancelled;

    /// <returns>True when another one has to follow at once.</returns>
    private bool Turn()
    {
        var engine = CatchUp();
        if (engine.IsOver)
        {
            return false;
        }

        var expected = engine.Position;
        var plan = new TurnPlan(engine, _clock, _jitter);
        if (engine.IsPaused)
        {
            WindDown(plan);
            return false;
        }

        plan.AddEverything(_steps);
        if (engine.IsStuck)
        {
            throw new InvalidOperationException("The code waits for nothing that will ever happen.");
        }

        if (plan.ToTurn(ScriptedTurns.Message, seenWakes: 0) is not { Events.Count: > 0 } turn)
        {
            _steps.OnRecorded();
            return Settle(engine);
        }

        Intrude(turn.Events);
        if (turn.ExpectedPosition is not null ? _log.Count != expected : turn.HasDecisions && (IsPausedBehind(expected) || HasUnheard(turn)))
        {
            WriteUnit(plan.Results);
            Forget();
            return true;
        }

        var written = WriteUnit(turn.Events);
        foreach (var decision in written.Skip(plan.Results.Count))
        {
            if (decision.Position != engine.Position + 1)
            {
                break; // it comes in turn
            }

            Deliver(engine, decision);
        }

        var goesOn = !IsOver && (_log.Count > engine.Position || Settle(engine));
        if (_forgetting == Forgetting.Code)
        {
            Forget();
        }

        return goesOn;
    }

    /// <summary>What steps have done is recorded, and nothing new is decided.</summary>
    private void WindDown(TurnPlan plan)
    {
        _steps.GiveBackWaiting();
        plan.AddEnded(_steps);
        if (plan.Results.Count > 0 || _executing.Count == 0)
        {
            WriteUnit(plan.Results);
            Forget();
        }

        _steps = _executing.Count == 0 ? new StepsInFlight(_slots, _diagnostics) : _steps;
    }

    private ReplayEngine CatchUp()
    {
        _engine ??= Replay.NewEngine(_program.Workflow, held: _held);
        try
        {
            foreach (var next in _log.Skip((int)_engine.Position).ToList())
            {
                Deliver(_engine, next);
            }

            return _engine;
        }
        catch (DecidedTooEarlyException early)
        {
            _held.UnionWith(early.Positions);
            Forget();
            return CatchUp();
        }
    }

    private void Deliver(ReplayEngine engine, WorkflowEvent next)
    {
        engine.Deliver(next);
        if (next is WorkflowEvent.StepCancelled cancelled)
        {
            _steps.Cancel(cancelled.StepId);
        }
    }

    private bool Settle(ReplayEngine engine)
    {
        _steps.Start(engine, (step, cancellation) => _executing.Add(new Executing(step.StepId, step.StepName, step.Attempt, cancellation)));
        return engine.Commands.Count > 0 || engine.NextDue <= _clock;
    }

    private void Forget()
    {
        _engine = null;
        _steps.OnForgotten();
    }

    private List<WorkflowEvent> WriteUnit(IReadOnlyList<WorkflowEvent> events)
    {
        var written = events.Select(Write).ToList();
        if (written.Count > 0)
        {
            _commits.Add(_log.Count);
        }

        _steps.OnRecorded();
        _steps.Grant(written);
        return written;
    }

    /// <summary>As the database does: the next position, not before the event in front, and a conflict for a token that is taken.</summary>
    private WorkflowEvent Write(WorkflowEvent next)
    {
        var createdAt = next.CreatedAt > _log[^1].CreatedAt ? next.CreatedAt : _log[^1].CreatedAt;
        var written = next is WorkflowEvent.HookCreated { Token: WorkflowProgram.TakenToken } hook
            ? new WorkflowEvent.HookConflict(hook.HookId, hook.Token) { Position = 0, CreatedAt = default }
            : next;
        _log.Add(written with { Position = _log.Count + 1, CreatedAt = createdAt });
        return _log[^1];
    }

    /// <summary>Something happens: steps end, a payload comes, or time passes.</summary>
    private void Happen()
    {
        var engine = CatchUp();
        if (engine.IsOver)
        {
            return;
        }

        List<Action> possible = [];
        if (_executing.Count > 0)
        {
            possible.AddRange([EndSome, EndSome, EndSome]);
        }

        if (engine.IsPaused)
        {
            possible.Add(() => Tell(new WorkflowEvent.RunResumed { Position = 0, CreatedAt = _clock }));
        }
        else if (IsPausedAtTimes && _schedule.Next(8) == 0)
        {
            possible.Add(Pause);
        }

        foreach (var others in _surroundings.ListNext(_clock, engine.IsPaused))
        {
            possible.Add(() => Tell(others()));
        }

        if (Instants.Earlier(engine.NextDue, _surroundings.NextDue()) is { } dueAt)
        {
            possible.Add(() => _clock = dueAt > _clock ? dueAt : _clock);
        }

        var hooks = _surroundings.WaitingHooks();
        if (hooks.Count > 0 && (possible.Count == 0 || !PayloadsComeLast))
        {
            possible.Add(() => Receive(hooks[_schedule.Next(hooks.Count)]));
        }

        if (possible.Count > 0)
        {
            possible[_schedule.Next(possible.Count)]();
        }
    }

    /// <summary>Steps end between two turns, in any order.</summary>
    private void EndSome()
    {
        _clock += TimeSpan.FromMilliseconds(_schedule.Next(800));
        for (var count = _schedule.Next(1, _executing.Count + 1); count > 0; count--)
        {
            var ended = _executing[_schedule.Next(_executing.Count)];
            _executing.Remove(ended);
            _slots.Release();
            var listens = ended.Cancellation.Cause != CancellationCause.None && _schedule.Next(2) == 0;
            _steps.Take(new EndedStep(
                ended.StepId, ended.Attempt, listens ? new StepOutcome.GivenBack() : _program.OutcomeOf(ended.StepName, ended.Attempt)));
        }
    }

    /// <summary>Somebody else writes between a decision and its commit.</summary>
    private void Intrude(IReadOnlyList<WorkflowEvent> decided)
    {
        if (_surroundings.ListLate(decided, _clock) is { Count: > 0 } late && _schedule.Next(2) == 0)
        {
            Tell(late[_schedule.Next(late.Count)]());
        }

        if (_schedule.Next(100) < 15 && _surroundings.ListNext(_clock, isPaused: false) is { Count: > 0 } others)
        {
            Tell(others[_schedule.Next(others.Count)]());
        }

        if (!PayloadsComeLast && _surroundings.WaitingHooks() is { Count: > 0 } hooks && _schedule.Next(100) < 15)
        {
            Receive(hooks[_schedule.Next(hooks.Count)]);
        }

        if (IsPausedAtTimes && _schedule.Next(8) == 0)
        {
            Pause();
        }
    }

    private void Pause() => Tell(new WorkflowEvent.RunPaused { Position = 0, CreatedAt = _clock });

    private void Tell(WorkflowEvent foreign)
    {
        Write(foreign with { CreatedAt = _clock });
        _commits.Add(_log.Count);
    }

    private bool HasUnheard(Turn turn) => turn.HeardUntil is { } heardUntil && _log.Skip((int)heardUntil).Any(next => next is
        WorkflowEvent.HookReceived or WorkflowEvent.ChildEnded or WorkflowEvent.StepCompleted or WorkflowEvent.StepFailed);

    private bool IsPausedBehind(long position) => _log.Skip((int)position).OfType<WorkflowEvent.RunPaused>().Any();

    private sealed record Executing(string StepId, string StepName, int Attempt, StepCancellation Cancellation);
}
