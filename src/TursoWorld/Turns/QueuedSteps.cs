using System.Globalization;
using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <inheritdoc cref="IQueuedSteps" />
internal sealed class QueuedSteps(
    ISqlDatabase database,
    RunStates states,
    EventStore events,
    ClaimOwner owner,
    PayloadCodecs codecs,
    WakeHub hub,
    IdGenerator ids,
    TimeProvider timeProvider)
    : IQueuedSteps
{
    private const int StepVersion = 1;

    public async Task<DateTimeOffset?> FindNextDueAsync(
        IReadOnlyList<StepKey> steps, ClaimRoom room, CancellationToken cancellationToken) =>
        SqlTime.FromColumn(await database.ReadAsync(
            reader => reader.LeastAsync(
                QueueSql.NextDue,
                steps.Select(step => new
                {
                    queue_name = step.QueueName,
                    workflow_version = StepVersion,
                    slots = 0,
                    few_from = room.FewFrom,
                    alone_from = room.AloneFrom,
                })),
            cancellationToken).ConfigureAwait(false));

    public async Task<IReadOnlyList<DueStep>> ListDueAsync(
        IReadOnlyList<StepKey> steps, ClaimRoom room, CancellationToken cancellationToken)
    {
        var now = SqlTime.ToColumn(timeProvider.GetUtcNow());
        var rows = await database.ReadAsync(
            async reader =>
            {
                var due = new List<DueRow>();
                foreach (var step in steps.TakeWhile(_ => due.Count < room.Most))
                {
                    var arguments = new
                    {
                        queue_name = step.QueueName,
                        workflow_version = StepVersion,
                        now,
                        limit = room.Most - due.Count,
                        slots = 0,
                        few = room.Few - due.Count(row => row.lane == (long)Lane.Few),
                        alone = room.Alone - due.Count(row => row.lane == (long)Lane.Alone),
                    };
                    due.AddRange(await reader.QueryAsync<DueRow>(QueuedStepSql.ListDue, arguments).ConfigureAwait(false));
                }

                return due;
            },
            cancellationToken).ConfigureAwait(false);
        return await DescribeAsync(rows, cancellationToken).ConfigureAwait(false);
    }

    public async Task<ClaimedMessage?> BeginAsync(DueStep step, WorkflowEvent first, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var message = new ClaimedMessage
        {
            MessageKey = step.MessageKey,
            MessageId = step.MessageId,
            RunKey = step.RunKey,
            StepId = step.StepId,
            LeaseToken = ids.NewLeaseToken(),
            Wakes = 0,
            Attempt = step.Deliveries + 1,
            Failures = 0,
            Lane = step.Lane,
        };
        var isBegun = first is WorkflowEvent.StepStarted;
        List<SqlStatement> statements = [];
        _ = new LogAppend(statements, step.RunKey, [first], after: null, codecs, now);
        if (step.Failures > 0)
        {
            statements.Add(new(RunSql.Block, ("run_key", step.RunKey))); // it can begin
        }

        if (isBegun)
        {
            statements.Add(new(
                StepMessageSql.ClaimStep,
                ("message_key", message.MessageKey),
                ("lease_ends_at", now + owner.Lease),
                ("lease_owner", owner.WorkerId),
                ("lease_token", message.LeaseToken)));
        }
        else
        {
            AddFate(statements, message, first, now);
        }

        var unit = new Unit(statements) { Guard = GuardOf(step, now) };
        try
        {
            var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
            if (result.Error == SqlErrorKind.GuardFailed)
            {
                await OnRefusedAsync(step, result.Guard!, cancellationToken).ConfigureAwait(false);
                return null;
            }

            result.ThrowUnlessCommitted();
        }
        catch (StorageException exception) when (exception.Code == ErrorCodes.OutcomeUnknown)
        {
            if (!await IsClaimedAsync(message, cancellationToken).ConfigureAwait(false))
            {
                Tell(message, first); // it may be the end of the step, and have been written
                throw;
            }
        }

        Tell(message, first);
        return isBegun ? message : null;
    }

    public async Task PostponeAsync(DueStep step, TimeSpan delay, string reason, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var postpone = new SqlStatement(
            StepMessageSql.PostponeStep, ("message_key", step.MessageKey), ("due_at", now + delay), ("now", now));
        var block = new SqlStatement(RunSql.Block, ("run_key", step.RunKey), ("blocked_reason", reason));
        var result = await database.WriteAsync(new Unit(postpone, block) { Guard = GuardOf(step, now) }, cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.GuardFailed)
        {
            await OnRefusedAsync(step, result.Guard!, cancellationToken).ConfigureAwait(false); // somebody can begin it, or nobody is to
            return;
        }

        result.ThrowUnlessCommitted();
        hub.SignalStepsChanged();
    }

    public async Task<TurnOutcome> EndAsync(ClaimedMessage claim, WorkflowEvent end, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        List<SqlStatement> statements = [];
        _ = new LogAppend(statements, claim.RunKey, [end], after: null, codecs, now);
        AddFate(statements, claim, end, now);
        var unit = new Unit(statements) { Guard = TurnWriter.GuardOf(claim) }; // a step that was given up has no message
        try
        {
            var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
            if (TurnWriter.Refusal(result) is { } refusal)
            {
                return refusal.Outcome;
            }
        }
        catch (StorageException exception) when (exception.Code == ErrorCodes.OutcomeUnknown)
        {
            Tell(claim, end); // it may have been written, and would be refused from now on
            throw;
        }

        Tell(claim, end);
        return TurnOutcome.Written;
    }

    public async Task<IReadOnlyList<WithdrawnStep>> ListWithdrawnAsync(
        IReadOnlyList<HeldMessage> held, CancellationToken cancellationToken)
    {
        // Tokens are of our own making, and need no escaping.
        var asked = string.Join(',', held.Select(item => string.Create(
            CultureInfo.InvariantCulture, $"[{item.Message.MessageKey},\"{item.Message.LeaseToken}\",{item.Message.RunKey}]")));
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<WithdrawnRow>(QueuedStepSql.ListWithdrawn, new { held = $"[{asked}]" }),
            cancellationToken).ConfigureAwait(false);
        var withdrawn = new List<WithdrawnStep>();
        foreach (var row in rows)
        {
            var message = held[(int)row.place].Message;
            withdrawn.Add(new WithdrawnStep(message, row switch
            {
                { is_active: 0 } => CancellationCause.RunEnded,
                { is_taken: 0 } when await IsCancelledAsync(message, cancellationToken).ConfigureAwait(false) => CancellationCause.StepCancelled,
                _ => CancellationCause.LeaseLost,
            }));
        }

        return withdrawn;
    }

    private Task<bool> IsCancelledAsync(ClaimedMessage message, CancellationToken cancellationToken) => states.ReadAsync(
        new LoggedRun(message.RunKey, IsForeign: false),
        state => state.Steps.Find(message.StepId!)?.Status == StepStatus.Cancelled, // it is a step
        cancellationToken);

    /// <summary>Another attempt follows; or the step has ended: its message goes, and its run has something to hear.</summary>
    private static void AddFate(List<SqlStatement> statements, ClaimedMessage message, WorkflowEvent end, DateTimeOffset now)
    {
        if (end is WorkflowEvent.StepRetrying retrying)
        {
            statements.Add(new(
                StepMessageSql.RetryStep, ("message_key", message.MessageKey), ("due_at", retrying.RetryAfter), ("now", now)));
            return;
        }

        statements.Add(new(QueueSql.Delete, ("message_key", message.MessageKey)));
        statements.Add(new(QueueSql.WakeRun, ("run_key", message.RunKey), ("now", now)));
    }

    private static SqlStatement GuardOf(DueStep step, DateTimeOffset now) => new(
        TurnSql.QueuedStepGuard,
        ("run_key", step.RunKey),
        ("message_key", step.MessageKey),
        ("deliveries", step.Deliveries),
        ("now", now));

    /// <summary>What is refused for another reason than that somebody was faster must not be found again and again.</summary>
    private async Task OnRefusedAsync(DueStep step, string guard, CancellationToken cancellationToken)
    {
        var text = guard switch
        {
            "run_paused" => StepMessageSql.HoldStep,
            "run" => StepMessageSql.DeleteOver, // it does not begin again
            _ => null,
        };
        if (text is not null)
        {
            var settle = new SqlStatement(text, ("message_key", step.MessageKey));
            (await database.WriteAsync(new Unit(settle), cancellationToken).ConfigureAwait(false)).ThrowUnlessCommitted();
        }
    }

    private async Task<bool> IsClaimedAsync(ClaimedMessage message, CancellationToken cancellationToken)
    {
        var arguments = new { message_key = message.MessageKey, lease_token = message.LeaseToken };
        return await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<long?>(StepMessageSql.FindClaim, arguments), cancellationToken)
            .ConfigureAwait(false) is not null;
    }

    /// <summary>After the commit: a run that is live here catches up, one that is parked is claimed.</summary>
    private void Tell(ClaimedMessage message, WorkflowEvent written)
    {
        hub.SignalRunWoken(message.RunKey);
        switch (written)
        {
            case WorkflowEvent.StepCompleted or WorkflowEvent.StepFailed:
                hub.SignalMessagesChanged();
                break;
            case WorkflowEvent.StepRetrying:
                hub.SignalStepsChanged();
                break;
        }
    }

    /// <summary>With what the logs say about the steps. One that has ended since it was found is left out.</summary>
    private async Task<IReadOnlyList<DueStep>> DescribeAsync(IReadOnlyList<DueRow> rows, CancellationToken cancellationToken)
    {
        var found = await states.ReadAsync(
            [.. rows.Select(row => new LoggedRun(row.run_key, IsForeign: false))],
            (i, state) => state.Steps.Find(rows[i].step_id),
            cancellationToken).ConfigureAwait(false);
        var steps = new List<DueStep>();
        foreach (var run in rows.Zip(found).Where(pair => pair.Second is { IsOpen: true }).GroupBy(pair => pair.First.run_key))
        {
            var created = await events.LoadAtAsync(run.Key, [.. run.Select(pair => pair.Second!.Created)], ResolveData.All, cancellationToken) // open ones only
                .ConfigureAwait(false);
            steps.AddRange(
                from pair in run
                let logged = created.GetValueOrDefault(pair.Second!.Created) // as above
                where logged is not null
                select ToDueStep(pair.First, pair.Second!, logged)); // as above
        }

        return steps;
    }

    private DueStep ToDueStep(DueRow row, StepState state, StoredEvent created)
    {
        var data = created.Data;
        var step = new DueStep
        {
            MessageKey = row.message_key,
            MessageId = row.message_id,
            Deliveries = (int)row.deliveries,
            Failures = (int)row.failures,
            RunKey = row.run_key,
            RunId = row.run_id,
            StepId = row.step_id,
            StepName = data.StepName ?? "",
            Lane = (Lane)row.lane,
            Attempt = state.Attempt,
            Interruptions = state.Interruptions,
            IsInterrupted = state.Status == StepStatus.Running,
            HasBegunBefore = state.StartedAt is not null,
            Options = data.Options,
            Input = null,
        };
        try
        {
            return step with { Input = codecs.Decode(created.Payload) };
        }
        catch (PayloadCodecException exception)
        {
            return step with { Unreadable = exception }; // one step must not stop those that were found with it
        }
    }

    private sealed class DueRow
    {
        public long message_key { get; init; }
        public required string message_id { get; init; }
        public long deliveries { get; init; }
        public long failures { get; init; }
        public long lane { get; init; }
        public long run_key { get; init; }
        public required string run_id { get; init; }
        public required string step_id { get; init; }
    }

    private sealed class WithdrawnRow
    {
        public long place { get; init; }
        public long is_taken { get; init; }
        public long is_active { get; init; }
    }
}
