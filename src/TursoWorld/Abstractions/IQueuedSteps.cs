using System.Text.Json;

namespace TursoWorld.Abstractions;

/// <summary>
/// The steps that are messages: what is due, and what becomes of it. A step is claimed and its attempt recorded in one unit, so
/// nothing is ever claimed that has not begun.
/// </summary>
internal interface IQueuedSteps
{
    /// <summary>When the next of some steps is due that nobody has and for which there is room; null for never.</summary>
    Task<DateTimeOffset?> FindNextDueAsync(IReadOnlyList<StepKey> steps, ClaimRoom room, CancellationToken cancellationToken);

    /// <summary>Steps that are due and that nobody has, the oldest of each first.</summary>
    Task<IReadOnlyList<DueStep>> ListDueAsync(IReadOnlyList<StepKey> steps, ClaimRoom room, CancellationToken cancellationToken);

    /// <summary>
    /// Records the beginning of an attempt and takes the message; or, when whoever was at it is gone, when the next one is due, or the end of
    /// the step.
    /// </summary>
    /// <param name="step">As it was found.</param>
    /// <param name="first">
    /// A <see cref="WorkflowEvent.StepStarted"/>, a <see cref="WorkflowEvent.StepRetrying"/> or a <see cref="WorkflowEvent.StepFailed"/>.
    /// </param>
    /// <param name="cancellationToken">Gives up while nothing has been written.</param>
    /// <returns>The claim; null when there is nothing to execute: somebody else was first, or the step has ended.</returns>
    /// <exception cref="StorageException">The database refused.</exception>
    Task<ClaimedMessage?> BeginAsync(DueStep step, WorkflowEvent first, CancellationToken cancellationToken);

    /// <summary>Makes a step that cannot be begun here due again later, and says why on its run.</summary>
    Task PostponeAsync(DueStep step, TimeSpan delay, string reason, CancellationToken cancellationToken);

    /// <summary>Records how an attempt has ended, and what becomes of the message.</summary>
    /// <param name="claim">In whose name.</param>
    /// <param name="end">Completed, failed or retrying.</param>
    /// <param name="cancellationToken">Gives up while nothing has been written.</param>
    /// <returns>Whether it was written, and if not, why.</returns>
    /// <exception cref="StorageException">The database refused, or the outcome is unknown.</exception>
    Task<TurnOutcome> EndAsync(ClaimedMessage claim, WorkflowEvent end, CancellationToken cancellationToken);

    /// <summary>Those of some attempts whose message is gone, or somebody else's.</summary>
    Task<IReadOnlyList<WithdrawnStep>> ListWithdrawnAsync(IReadOnlyList<HeldMessage> held, CancellationToken cancellationToken);
}

/// <summary>A queued step that is due and that nobody has.</summary>
internal sealed record DueStep
{
    public required long MessageKey { get; init; }

    public required string MessageId { get; init; }

    /// <summary>Deliveries so far.</summary>
    public required int Deliveries { get; init; }

    /// <summary>Times in a row that it could not be begun.</summary>
    public required int Failures { get; init; }

    public required long RunKey { get; init; }

    public required string RunId { get; init; }

    public required string StepId { get; init; }

    /// <summary>As in the log, with an ordinal when the code has used the name before.</summary>
    public required string StepName { get; init; }

    /// <summary>How it may be taken up.</summary>
    public required Lane Lane { get; init; }

    /// <summary>Attempts recorded so far.</summary>
    public required int Attempt { get; init; }

    /// <summary>Those among them whose process went away.</summary>
    public required int Interruptions { get; init; }

    /// <summary>Whether an attempt is recorded as running, so that whoever was at it is gone.</summary>
    public required bool IsInterrupted { get; init; }

    /// <summary>Whether somebody has been at it before.</summary>
    public required bool HasBegunBefore { get; init; }

    public required ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>The options that the call gave; null when it gave none.</summary>
    public required JsonElement? Options { get; init; }

    /// <summary>Why the input cannot be decoded here; null when it can.</summary>
    public WorldException? Unreadable { get; init; }
}

/// <summary>An attempt whose message somebody has taken away, and why.</summary>
internal readonly record struct WithdrawnStep(ClaimedMessage Message, CancellationCause Cause);
