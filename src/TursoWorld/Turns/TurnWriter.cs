using System.Data.Common;
using System.Diagnostics;
using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Writes turns: whatever a turn decides is one unit, refused if the lease is gone or the log has moved.</summary>
internal sealed class TurnWriter(
    ISqlDatabase database, TimeSpan lease, PayloadCodecs codecs, WakeHub hub, TimeProvider timeProvider, Random random) : ITurnWriter
{
    // Everybody else's writes wait for a transactional step.
    private static readonly TimeSpan TransactionLimit = TimeSpan.FromSeconds(3);

    public bool IsShared => database.IsShared;

    public async Task<TurnReply> WriteAsync(Turn turn, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteUnitAsync(turn, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException lost) when (lost.Code == ErrorCodes.OutcomeUnknown)
        {
            hub.SignalOutcomeUnknown(); // the run finds out by its log; its parent, its children and the run that goes on do not
            throw;
        }
    }

    public async Task<TurnReply> TransactAsync(
        ClaimedMessage message,
        StepPlace step,
        Func<DbConnection, CancellationToken, Task<WorkflowEvent.StepCompleted>> body,
        CancellationToken cancellationToken)
    {
        WorkflowEvent[] events = [];
        var guard = GuardOf(message);
        var result = await database.TransactAsync(
            new SqlStatement(TurnSql.StepGuard, [.. guard.Arguments, ("step_id", step.StepId), ("created", step.Created)]),
            async (connection, token) =>
            {
                events = [await body(connection, token).ConfigureAwait(false)];
                List<SqlStatement> statements = [];
                EventStatements.Add(statements, message.RunKey, events[0], position: null, codecs, timeProvider.GetUtcNow());
                statements.Add(RenewOf(message));
                return statements;
            },
            TransactionLimit,
            cancellationToken).ConfigureAwait(false);
        return Refusal(result) ?? new TurnReply(TurnOutcome.Written, AsWritten(events, [new Returning(Event: 0, Statement: 0)], result), null);
    }

    public async Task<TimeSpan> FailDeliveryAsync(
        ClaimedMessage message, string? blockedReason, CancellationToken cancellationToken)
    {
        var delay = Backoff.After(message.Failures + 1, random);
        var dueAt = timeProvider.GetUtcNow() + delay;
        List<SqlStatement> statements =
        [
            new(QueueSql.Fail, ("message_key", message.MessageKey), ("lease_token", message.LeaseToken), ("due_at", dueAt)),
        ];
        if (blockedReason is not null)
        {
            statements.Add(new(
                RunSql.Block, ("run_key", message.RunKey), ("blocked_reason", blockedReason)));
        }

        var unit = new Unit(statements) { Guard = GuardOf(message) };
        var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        if (result.Error != SqlErrorKind.GuardFailed)
        {
            result.ThrowUnlessCommitted();
        }

        hub.SignalMessagesChanged();
        return delay;
    }

    /// <summary>What must hold for whatever is written in the name of a claim.</summary>
    public static SqlStatement GuardOf(ClaimedMessage message, string guard = TurnSql.Guard) => new(
        guard,
        ("message_key", message.MessageKey),
        ("lease_token", message.LeaseToken),
        ("run_key", message.RunKey));

    /// <summary>Positions of its own guard a turn against whatever it has not heard of.</summary>
    private static SqlStatement GuardOf(Turn turn) => turn switch
    {
        { ExpectedPosition: not null } or { HasDecisions: false } => GuardOf(turn.Message),
        { HeardUntil: { } heardUntil } => new(
            TurnSql.FinalGuard,
            ("message_key", turn.Message.MessageKey),
            ("lease_token", turn.Message.LeaseToken),
            ("run_key", turn.Message.RunKey),
            ("heard_until", heardUntil)),
        _ => GuardOf(turn.Message, TurnSql.DecisionGuard),
    };

    private async Task<TurnReply> WriteUnitAsync(Turn turn, CancellationToken cancellationToken)
    {
        var statements = new List<SqlStatement>((2 * turn.Events.Count) + 1);
        var returning = new List<Returning>();
        var isCascade = false;
        var isUnblocked = false;
        var hasQueued = false;
        var now = timeProvider.GetUtcNow();
        var isPlaced = turn.ExpectedPosition is not null;
        for (var i = 0; i < turn.Events.Count; i++)
        {
            switch (turn.Events[i])
            {
                case WorkflowEvent.ChildStarted child:
                    NewRuns.AddChild(statements, turn, child, codecs);
                    break;
                case WorkflowEvent.ChildCancelled:
                    isCascade = true;
                    break;
                case WorkflowEvent.StepCancelled:
                    isUnblocked = true; // it may have been what could not begin
                    break;
                case WorkflowEvent.StepCreated { Mode: StepMode.Queued }:
                    hasQueued = true;
                    break;
            }

            var position = turn.ExpectedPosition is { } last ? last + 1 + i : (long?)null;
            if (EventStatements.Add(statements, turn.Message.RunKey, turn.Events[i], position, codecs, now) is { } statement)
            {
                returning.Add(new Returning(i, statement));
            }
        }

        var status = EndOf(turn);
        var news = status is { } over ? RunEnd.Add(statements, turn, over, codecs) : default;
        var park = status is null ? AddFate(statements, turn, isUnblocked) : null;
        var unit = new Unit(statements) { Guard = GuardOf(turn) };
        var result = await WriteAsync(unit, hasQueued, cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.UniqueViolation && isPlaced)
        {
            return TurnReply.Moved; // the log has an event at the first of the positions
        }

        if (Refusal(result) is { } refusal)
        {
            return refusal;
        }

        news.Tell(result, hub);
        if (turn.Runs.Count > 0 || turn.Fate is MessageFate.Release or MessageFate.Share)
        {
            hub.SignalMessagesChanged();
        }

        if (isCascade)
        {
            hub.SignalCascadeBegun();
        }

        var parkedUntil = park is { } index && result.Rows[index][0].IntegerOrNull(0) is { } dueAt
            ? dueAt < 0 ? now : SqlTime.FromColumn(dueAt)
            : (DateTimeOffset?)null;
        return new TurnReply(TurnOutcome.Written, AsWritten(turn.Events, returning, result), parkedUntil);
    }

    /// <summary>Whoever executes queued steps is told, also when nobody knows whether they were written.</summary>
    private async Task<UnitResult> WriteAsync(Unit unit, bool hasQueuedSteps, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (hasQueuedSteps)
            {
                hub.SignalStepsChanged();
            }
        }
    }

    private SqlStatement RenewOf(ClaimedMessage message) => new(
        QueueSql.RenewOne,
        ("message_key", message.MessageKey),
        ("lease_token", message.LeaseToken),
        ("lease_ends_at", timeProvider.GetUtcNow() + lease));

    /// <returns>The index of the statement that says when a parked message is due.</returns>
    private int? AddFate(List<SqlStatement> statements, Turn turn, bool isUnblocked)
    {
        var message = turn.Message;
        if (turn.ClearsFailures)
        {
            statements.Add(new(QueueSql.ClearFailures, ("message_key", message.MessageKey)));
        }

        if (isUnblocked || turn.ClearsFailures || turn.BlockedReason is not null)
        {
            statements.Add(new(RunSql.Block, ("run_key", message.RunKey), ("blocked_reason", turn.BlockedReason)));
        }

        if (turn.ClearsInterruptions)
        {
            statements.Add(new(QueueSql.ClearInterruptions, ("message_key", message.MessageKey)));
        }

        switch (turn.Fate)
        {
            case MessageFate.Park:
                statements.Add(new(
                    QueueSql.Park,
                    ("message_key", message.MessageKey),
                    ("seen_wakes", turn.SeenWakes),
                    ("due_at", turn.DueAt),
                    ("hooks_after", turn.HooksAfter),
                    ("now", timeProvider.GetUtcNow())));
                return statements.Count - 1;
            case MessageFate.Release or MessageFate.Share:
                var lane = turn.Fate == MessageFate.Share ? Lane.Slot : Lane.Open;
                statements.Add(new(
                    QueueSql.Release, ("message_key", message.MessageKey), ("lane", (int)lane), ("now", timeProvider.GetUtcNow())));
                return null;
            default:
                return null;
        }
    }

    private static RunStatus? EndOf(Turn turn) => turn.Events switch
    {
        [.., WorkflowEvent.RunCompleted] => RunStatus.Completed,
        [.., WorkflowEvent.RunFailed] => RunStatus.Failed,
        [.., WorkflowEvent.RunCancelled] => RunStatus.Cancelled,
        _ => null,
    };

    /// <summary>Why a unit with that guard was refused; null when it was written.</summary>
    public static TurnReply? Refusal(UnitResult result) => result.Error switch
    {
        SqlErrorKind.None => null,
        SqlErrorKind.GuardFailed => result.Guard switch
        {
            "lease" => TurnReply.LeaseLost,
            "run" => TurnReply.RunInactive,
            "run_paused" or "unheard" => TurnReply.Moved, // the log has it
            "step_over" => TurnReply.StepOver,
            _ => throw new UnreachableException(),
        },
        _ => throw result.Exception!, // every failure but a guard's has one
    };

    /// <summary>The events with the positions, instants and kinds that the database gave them.</summary>
    private static IReadOnlyList<WorkflowEvent> AsWritten(
        IReadOnlyList<WorkflowEvent> events, List<Returning> returning, UnitResult result)
    {
        if (returning.Count == 0)
        {
            return events;
        }

        WorkflowEvent[] written = [.. events];
        foreach (var (index, statement) in returning)
        {
            written[index] = AsWritten(events[index], result.Rows[statement][0]);
        }

        return written;
    }

    private static WorkflowEvent AsWritten(WorkflowEvent source, SqlRow row)
    {
        var position = row.Integer(0);
        var createdAt = SqlTime.FromColumn(row.Integer(1));
        WorkflowEvent written = source is WorkflowEvent.HookCreated hook && row.Text(2) == "hook_conflict"
            ? new WorkflowEvent.HookConflict(hook.HookId, hook.Token)
            {
                Position = 0,
                CreatedAt = createdAt,
                ConflictingRunId = StoredEvent.ReadData(row.TextOrNull(3)).ConflictingRunId,
            }
            : source;
        return written with { Position = position, CreatedAt = createdAt };
    }

    /// <summary>An event whose position the database chooses, and the statement that returns it.</summary>
    private readonly record struct Returning(int Event, int Statement);
}
