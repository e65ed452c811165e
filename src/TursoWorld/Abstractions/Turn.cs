using System.Collections.ObjectModel;

namespace TursoWorld.Abstractions;

/// <summary>What a turn wants written, in one unit.</summary>
internal sealed record Turn
{
    public required ClaimedMessage Message { get; init; }

    public required string RunId { get; init; }

    /// <summary>
    /// Where the log must end: the first event, which is a result, takes the position behind it. Null when the events
    /// may take whatever positions are next: decisions whose results are in the log already, and results that are
    /// written without decisions.
    /// </summary>
    public long? ExpectedPosition { get; init; }

    /// <summary>Results first, then decisions, in order. Their positions are those they get if the log has not moved.</summary>
    public required IReadOnlyList<WorkflowEvent> Events { get; init; }

    /// <summary>
    /// The runs that the turn begins, by their ids: those of children, and the one in place of this. A child that the code has given up already is
    /// not among them.
    /// </summary>
    public IReadOnlyDictionary<string, NewRun> Runs { get; init; } = ReadOnlyDictionary<string, NewRun>.Empty;

    /// <summary>
    /// Whether there are decisions among the events. Without an expected position they are refused behind a pause: a run
    /// that is paused begins nothing, and does not end.
    /// </summary>
    public bool HasDecisions { get; init; }

    /// <summary>
    /// Set when the decisions end the run or give up a hook: the last position that the code has heard of. Without an expected position
    /// they are refused when the log has something for the code behind it that somebody else was told is accepted.
    /// </summary>
    public long? HeardUntil { get; init; }

    /// <summary>What becomes of the message. A turn that ends the run deletes it.</summary>
    public MessageFate Fate { get; init; }

    /// <summary>With <see cref="MessageFate.Park"/>: when the run goes on by itself; null when only a wake-up can do that.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>With <see cref="MessageFate.Park"/>: the wake-ups that the turn has taken note of.</summary>
    public long SeenWakes { get; init; }

    /// <summary>With an event that ends the run: what of it may still be there.</summary>
    public RunLeftovers Leftovers { get; init; } = RunLeftovers.All;

    /// <summary>With an event that ends the run: whether another run may wait for that.</summary>
    public bool IsChild { get; init; }

    /// <summary>The first turn that succeeds after failures says that they are over.</summary>
    public bool ClearsFailures { get; init; }

    /// <summary>Why something of the run cannot go on here; null when everything can.</summary>
    public string? BlockedReason { get; init; }

    /// <summary>The run has got on, and nothing of it is open that a process may have died of.</summary>
    public bool ClearsInterruptions { get; init; }
}

/// <summary>Rows of a run that its end has to close or remove.</summary>
[Flags]
internal enum RunLeftovers
{
    None = 0,
    Hooks = 1,
    Children = 2,

    /// <summary>Messages of queued steps.</summary>
    StepMessages = 4,
    All = Hooks | Children | StepMessages,
}

/// <summary>What becomes of a run's message at the end of a turn.</summary>
internal enum MessageFate
{
    /// <summary>This process keeps it: steps are running.</summary>
    Keep,

    /// <summary>Nothing is in flight; it becomes due again with a timer or a wake-up.</summary>
    Park,

    /// <summary>This process stops; whoever is next may have it at once.</summary>
    Release,

    /// <summary>Its steps wait for slots; whoever has some may have it.</summary>
    Share,
}

/// <summary>What became of a turn.</summary>
internal sealed record TurnReply(TurnOutcome Outcome, IReadOnlyList<WorkflowEvent> Events, DateTimeOffset? ParkedUntil)
{
    public static readonly TurnReply LeaseLost = new(TurnOutcome.LeaseLost, [], null);

    public static readonly TurnReply RunInactive = new(TurnOutcome.RunInactive, [], null);

    public static readonly TurnReply StepOver = new(TurnOutcome.StepOver, [], null);

    public static readonly TurnReply Moved = new(TurnOutcome.Moved, [], null);
}

/// <summary>Whether a turn was written, and if not, why.</summary>
internal enum TurnOutcome
{
    /// <summary>Committed; the reply has the events as they stand in the log.</summary>
    Written,

    /// <summary>Another worker owns the run.</summary>
    LeaseLost,

    /// <summary>The run is over.</summary>
    RunInactive,

    /// <summary>The code of the workflow has given the step up.</summary>
    StepOver,

    /// <summary>The log has grown since it was read, and what was decided may not follow.</summary>
    Moved,
}
