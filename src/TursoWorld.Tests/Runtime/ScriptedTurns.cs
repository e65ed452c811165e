using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Runtime;

namespace TursoWorld.Tests.Runtime;

/// <summary>Takes turns with an engine as a live run does, without a database: the log is a list.</summary>
internal sealed class ScriptedTurns
{
    public static readonly ClaimedMessage Message = new()
    {
        MessageKey = 1,
        MessageId = "msg_1",
        RunKey = 1,
        LeaseToken = "token",
        Wakes = 0,
        Attempt = 1,
        Failures = 0,
    };

    private readonly StepsInFlight _steps = new(new Slots(1_000), new WorldDiagnostics(NullLoggerFactory.Instance));
    private readonly List<WorkflowEvent> _log = [];

    public ScriptedTurns(WorkflowDefinition workflow, DateTimeOffset createdAt)
    {
        Engine = Replay.NewEngine(workflow);
        Append(new WorkflowEvent.RunCreated(null) { Position = 1, CreatedAt = createdAt });
    }

    public ReplayEngine Engine { get; }

    public IReadOnlyList<WorkflowEvent> Log => _log;

    /// <returns>What was to be written; null when there was nothing.</returns>
    public Turn? Take(DateTimeOffset clock, Action<TurnPlan> plan)
    {
        var turnPlan = new TurnPlan(Engine, clock, new Random(1));
        plan(turnPlan);
        turnPlan.GiveSlots(_steps);
        var turn = turnPlan.ToTurn(Message, seenWakes: 0);
        _log.AddRange(turnPlan.Results);
        foreach (var decision in turn?.Events.Skip(turnPlan.Results.Count) ?? [])
        {
            Append(decision);
        }

        return turn;
    }

    /// <summary>Begins the attempts that are due.</summary>
    public Turn? BeginDue(DateTimeOffset clock) => Take(clock, plan => plan.AddDueAttempts(_steps));

    /// <summary>Whoever was at the only open step is gone.</summary>
    public Turn? Interrupt(DateTimeOffset clock) => Take(clock, plan => plan.AddInterruption(Engine.Open.Steps.Single()));

    public Turn? Start(DateTimeOffset clock) => Take(clock, plan => plan.AddStart());

    public Turn? End(DateTimeOffset clock, string stepId, StepOutcome outcome, int attempt = 1) =>
        Take(clock, plan => plan.AddEnded(new EndedStep(stepId, attempt, outcome)));

    private void Append(WorkflowEvent next)
    {
        _log.Add(next);
        Engine.Deliver(next);
    }
}
