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
    // Each says of a token that it is taken, or free again; nobody takes and frees one so often in between.
    private const int MostAttempts = 20;

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
        LogAppend? append = null;
        var guard = GuardOf(message);
        var result = await database.TransactAsync(
            new SqlStatement(TurnSql.StepGuard, [.. guard.Arguments, ("step_id", step.StepId), ("created", step.Created)]),
            async (connection, token) =>
            {
                var completed = await body(connection, token).ConfigureAwait(false);
                List<SqlStatement> statements = [];
                append = new LogAppend(statements, message.RunKey, [completed], after: null, codecs, timeProvider.GetUtcNow());
                statements.Add(RenewOf(message));
                return statements;
            },
            TransactionLimit,
            cancellationToken).ConfigureAwait(false);
        return Refusal(result) ?? new TurnReply(TurnOutcome.Written, append!.Read(result), null); // the body was called
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

    /// <summary>A position of its own guards a turn against whatever it has not heard of, and its first statement asks for the claim.</summary>
    private static SqlStatement? GuardOf(Turn turn) => turn switch
    {
        { ExpectedPosition: not null, Events.Count: > 0 } => null,
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
        var attempted = turn;
        for (var left = MostAttempts; ; left--)
        {
            var (result, reply) = await TryWriteAsync(attempted, cancellationToken).ConfigureAwait(false);
            if (reply is not null)
            {
                return reply;
            }

            var mayBeTaken = left > 0 && turn.Events.Any(written => written is WorkflowEvent.HookCreated);
            if (!mayBeTaken || await HasMovedAsync(turn, cancellationToken).ConfigureAwait(false))
            {
                return turn.ExpectedPosition is not null ? TurnReply.Moved : throw result.Exception ?? (Exception)new UnreachableException();
            }

            // A token of its hooks is taken, or the holder of one that was has left it meanwhile.
            attempted = turn with
            {
                Events = await HookTokens.FindConflictsAsync(database, turn.RunId, turn.Events, cancellationToken).ConfigureAwait(false),
            };
        }
    }

    /// <returns>No reply when it depends on the tokens of hooks what the turn is.</returns>
    private async Task<(UnitResult Result, TurnReply? Reply)> TryWriteAsync(Turn turn, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var statements = new List<SqlStatement>();
        var append = new LogAppend(statements, turn.Message.RunKey, turn.Events, turn.ExpectedPosition, codecs, now, turn.Message);
        foreach (var child in turn.Events.OfType<WorkflowEvent.ChildStarted>())
        {
            RunBirth.AddChild(statements, turn, child, codecs);
        }

        var status = EndOf(turn);
        var news = status is { } over ? RunEnd.Add(statements, turn, over, append.Written[^1], codecs) : default;
        var park = status is null ? AddFate(statements, turn) : null;
        var unit = new Unit(statements) { Guard = GuardOf(turn) };
        var result = await WriteAsync(unit, turn.Events.Any(IsQueuedStep), cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.UniqueViolation || result.Guard == "hook")
        {
            return (result, null);
        }

        if (Refusal(result) is { } refusal)
        {
            var isOver = refusal.Outcome == TurnOutcome.LeaseLost && await IsOverAsync(turn, cancellationToken).ConfigureAwait(false);
            return (result, isOver ? TurnReply.RunInactive : refusal); // a run that is over has no message
        }

        news.Tell(result, hub);
        if (turn.Runs.Count > 0 || turn.Fate is MessageFate.Release or MessageFate.Share)
        {
            hub.SignalMessagesChanged();
        }

        if (turn.Events.Any(written => written is WorkflowEvent.ChildCancelled))
        {
            hub.SignalCascadeBegun();
        }

        var parkedUntil = park is { } index && result.Rows[index][0].IntegerOrNull(0) is { } dueAt
            ? dueAt < 0 ? now : SqlTime.FromColumn(dueAt)
            : (DateTimeOffset?)null;
        return (result, new TurnReply(TurnOutcome.Written, append.Read(result), parkedUntil));
    }

    private async Task<bool> IsOverAsync(Turn turn, CancellationToken cancellationToken) => await database.ReadAsync(
        reader => reader.QuerySingleOrDefaultAsync<long?>(RunSql.FindOpen, new { run_key = turn.Message.RunKey }),
        cancellationToken).ConfigureAwait(false) is null;

    private async Task<bool> HasMovedAsync(Turn turn, CancellationToken cancellationToken) =>
        turn.ExpectedPosition is { } expected && expected != await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<long>(LogSql.FindEnd, new { run_key = turn.Message.RunKey }),
            cancellationToken).ConfigureAwait(false);

    private static bool IsQueuedStep(WorkflowEvent written) => written is WorkflowEvent.StepCreated { Mode: StepMode.Queued };

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
    private int? AddFate(List<SqlStatement> statements, Turn turn)
    {
        var message = turn.Message;
        if (turn.ClearsFailures)
        {
            statements.Add(new(QueueSql.ClearFailures, ("message_key", message.MessageKey)));
        }

        // A step that was given up may have been what could not begin.
        var isUnblocked = turn.Events.Any(written => written is WorkflowEvent.StepCancelled);
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
                    ("has_conflict", turn.Events.Any(written => written is WorkflowEvent.HookConflict)),
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
}
