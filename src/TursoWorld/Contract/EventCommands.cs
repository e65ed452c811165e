using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Log;
using TursoWorld.Sql;
using TursoWorld.Storage;
using TursoWorld.Turns;

namespace TursoWorld.Contract;

/// <summary>Records events from outside, one unit each: allowed by the log as it is, and refused when that has changed by then.</summary>
internal sealed class EventCommands(
    ISqlDatabase database,
    RunStore runs,
    EventStore events,
    StepStore steps,
    RunStates states,
    WakeHub hub,
    EventSources sources)
{
    public async Task<EventResult> CreateAsync(
        string? runId, WorkflowEventData data, CreateEventOptions options, CancellationToken cancellationToken)
    {
        EventRules.Check(runId, data);
        EventRules.Check(options);
        _ = Delta(options).After; // a bad cursor before anything is written
        if (data is WorkflowEventData.RunCreated created)
        {
            if (runId is not null)
            {
                EventRules.CheckTime(runId, SqlTime.FromColumn(SqlTime.ToColumn(sources.TimeProvider.GetUtcNow())));
            }

            return await CreateRunAsync(runId ?? sources.Ids.NewRunId(), created, options, cancellationToken).ConfigureAwait(false)
                ?? throw ConflictException.Run(runId!); // a fresh id meets no other
        }

        while (true)
        {
            if (await runs.FindFactsAsync(runId!, cancellationToken).ConfigureAwait(false) is { } run)
            {
                if (await TryAppendAsync(runId!, run, data, options, cancellationToken).ConfigureAwait(false) is { } done)
                {
                    var logged = new LoggedRun(run.run_key, IsForeign: run.spec_version is not null);
                    return await WithLogAsync(logged, data, options, done, cancellationToken).ConfigureAwait(false);
                }

                continue; // the run has changed, or gone
            }

            if (data is not WorkflowEventData.RunStarted { Created: { } missing })
            {
                throw NotFoundException.Run(runId!);
            }

            // Its creation never arrived, or has not yet: whoever comes second finds the run.
            if (await CreateRunAsync(runId!, missing, options, cancellationToken, isStarted: true).ConfigureAwait(false) is { } made)
            {
                var logged = await runs.FindLoggedAsync(runId!, cancellationToken).ConfigureAwait(false);
                return await WithLogAsync(logged, data, options, made, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <returns>Null when there is such a run.</returns>
    private async Task<EventResult?> CreateRunAsync(
        string runId,
        WorkflowEventData.RunCreated created,
        CreateEventOptions options,
        CancellationToken cancellationToken,
        bool isStarted = false)
    {
        var now = SqlTime.FromColumn(SqlTime.ToColumn(sources.TimeProvider.GetUtcNow())); // as it will be read
        List<WorkflowEvent> written = [NewEvents.Of(created, options, now)];
        if (isStarted)
        {
            written.Add(NewEvents.Of(new WorkflowEventData.RunStarted(), log: null, options, now)[0] with { Position = 2 });
        }

        EventUnit.CheckSizes(written, sources);
        List<SqlStatement> statements = [];
        var run = new RunBirth(
            runId,
            new WorkflowKey(created.WorkflowName, 1),
            IdGenerator.NewSeed(),
            created.SpecVersion,
            AttributeText.OfNew(created.Attributes),
            now,
            created.Retention);
        RunBirth.Add(statements, run, written, sources.Codecs);
        if (isStarted)
        {
            statements.Add(new(RunSql.StartById, ("run_id", runId), ("started_at", now)));
        }

        statements.Add(new(RunSql.Get, ("run_id", runId), ("with_data", options.ResolveData == ResolveData.All)));
        var result = await database.WriteAsync(new Unit(statements), cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.UniqueViolation)
        {
            return null;
        }

        var stored = RunRow.From(result.ThrowUnlessCommitted().Rows[^1][0]).ToRun(sources.Codecs, options.ResolveData);
        return new EventResult { Event = Resolve(EventCodec.Write(written[^1], sources.Codecs), options.ResolveData), Run = stored };
    }

    private WorkflowEvent Resolve(StoredEvent stored, ResolveData data) =>
        EventCodec.Read(data == ResolveData.All ? stored : stored with { Payload = null }, sources.Codecs);

    /// <returns>Null when the run has changed since it was read: whether the event may be recorded is to be decided again.</returns>
    private async Task<EventResult?> TryAppendAsync(
        string runId, RunFacts run, WorkflowEventData data, CreateEventOptions options, CancellationToken cancellationToken)
    {
        var logged = new LoggedRun(run.run_key, IsForeign: run.spec_version is not null);
        if (!logged.IsForeign && options.StateUpdatedAt is null && data is not WorkflowEventData.AttributesSet { AttributeId: not null })
        {
            // Its log grows all the time, and what matters is in its row.
            return await WriteAsync(runId, logged, Decide(runId, run, log: null, data, options), data, options, cancellationToken)
                .ConfigureAwait(false);
        }

        using var turn = await states.EnterAsync(logged, cancellationToken).ConfigureAwait(false);
        var decision = await states.ReadAsync(logged, log => Decide(runId, run, log, data, options), cancellationToken).ConfigureAwait(false);
        return await WriteAsync(runId, logged, decision, data, options, cancellationToken).ConfigureAwait(false);
    }

    private Decision Decide(string runId, RunFacts run, RunState? log, WorkflowEventData data, CreateEventOptions options)
    {
        var now = sources.TimeProvider.GetUtcNow();
        var verdict = new RunRules(runId, run, log, now).Check(data, options);
        var written = verdict == Verdict.Allowed ? NewEvents.Of(data, log, options, now) : [];
        var guard = log is not null
            ? new SqlStatement(ContractSql.GuardLog, ("run_key", run.run_key), ("position", log.Position))
            : new SqlStatement(
                ContractSql.GuardRun,
                ("run_key", run.run_key),
                ("status", run.status),
                ("attributes", run.attributes),
                ("hook_id", (data as WorkflowEventData.HookReceived)?.HookId));
        var subject = EventSubject.Of(data);
        return new Decision(verdict, guard, written, now)
        {
            Step = subject.Kind == EventSubjectKind.Step ? log?.Steps.Find(subject.Id!) : null, // a step has an id
            Wait = subject.Kind == EventSubjectKind.Wait ? log?.Waits.Find(subject.Id!) : null, // so has a wait
        };
    }

    private async Task<EventResult?> WriteAsync(
        string runId, LoggedRun run, Decision decision, WorkflowEventData data, CreateEventOptions options, CancellationToken cancellationToken)
    {
        switch (decision.Verdict)
        {
            case Verdict.Unchanged:
                return new EventResult { Run = await runs.GetAsync(runId, options.ResolveData, cancellationToken).ConfigureAwait(false) };
            case Verdict.RunOver:
                var over = await runs.FindAsync(runId, ResolveData.None, cancellationToken).ConfigureAwait(false);
                throw over?.ContinuedToRunId is { } next ? ConflictException.Continued(runId, next) : ConflictException.RunOver(runId);
        }

        var unit = new EventUnit(runId, run, decision, sources, options.ResolveData);
        var result = await database.WriteAsync(unit.ToUnit(), cancellationToken).ConfigureAwait(false);
        if (result.Exception?.Code == ErrorCodes.OutcomeUnknown)
        {
            hub.SignalOutcomeUnknown();
        }

        if (result.Error == SqlErrorKind.GuardFailed)
        {
            return result.Guard == "hook_missing"
                ? throw NotFoundException.HookOf(runId, EventSubject.Of(data).Id!) // the one that was to receive
                : null;
        }

        if (result.Error == SqlErrorKind.UniqueViolation && decision.Events is [WorkflowEvent.HookCreated])
        {
            var events = await HookTokens.FindConflictsAsync(database, runId, decision.Events, cancellationToken).ConfigureAwait(false);
            return await WriteAsync(runId, run, decision with { Events = events }, data, options, cancellationToken).ConfigureAwait(false);
        }

        result.ThrowUnlessCommitted();
        unit.News.Tell(result, hub);
        try
        {
            var done = await DescribeAsync(runId, run, decision, unit, data, result, options.ResolveData).ConfigureAwait(false);
            Tell(runId, run.Key, data, done, options);
            return done;
        }
        catch (PayloadCodecException)
        {
            // It is recorded, and only cannot be shown here: whoever waits for it finds it.
            hub.SignalRunWoken(run.Key);
            hub.SignalMessagesChanged();
            hub.SignalChangedElsewhere();
            throw;
        }
    }

    /// <summary>The event, and what it made of the thing that it is about, as of that commit.</summary>
    private async Task<EventResult> DescribeAsync(
        string runId, LoggedRun run, Decision decision, EventUnit unit, WorkflowEventData data, UnitResult result, ResolveData resolve)
    {
        var written = unit.ReadEvents(result);
        var done = new EventResult
        {
            Event = Resolve(written[^1], resolve),
            StepCreated = data is WorkflowEventData.StepStarted { Created: not null },
        };
        switch (EventSubject.Of(data).Kind)
        {
            case EventSubjectKind.Step:
                var step = written.Aggregate(
                    decision.Step, (state, next) => state is null ? StepState.Create(next, run.IsForeign) : state.After(next));
                return done with
                {
                    Step = await steps.DescribeAsync(runId, run, step!, resolve, CancellationToken.None).ConfigureAwait(false), // one event at least
                };
            case EventSubjectKind.Wait:
                var wait = decision.Wait?.After(written[^1]) ?? WaitState.Create(written[^1]);
                return done with { Wait = WaitStore.Describe(runId, wait) };
            case EventSubjectKind.Hook:
                return done with { Hook = unit.ReadThing(result) is { } hook ? HookRow.From(hook).ToHook(sources.Codecs, resolve) : null };
            default:
                return done with { Run = unit.ReadThing(result) is { } row ? RunRow.From(row).ToRun(sources.Codecs, resolve) : null };
        }
    }

    private void Tell(string runId, long runKey, WorkflowEventData data, EventResult done, CreateEventOptions options)
    {
        switch (data)
        {
            case WorkflowEventData.RunCompleted or WorkflowEventData.RunFailed when options.ResolveData == ResolveData.None:
                hub.SignalRunWoken(runKey);
                hub.SignalChangedElsewhere(); // the result is not at hand: who waits for it looks it up
                break;
            case WorkflowEventData.RunCompleted or WorkflowEventData.RunFailed or WorkflowEventData.RunCancelled:
                var run = done.Run!; // the unit ended by reading it
                hub.SignalRunWoken(runKey);
                hub.SignalRunEnded(runId, RunOutcome.Of(run));
                break;
            case WorkflowEventData.HookReceived or WorkflowEventData.AttributesSet
                or WorkflowEventData.RunPaused or WorkflowEventData.RunResumed:
                hub.SignalRunWoken(runKey);
                hub.SignalMessagesChanged();
                hub.SignalStepsChanged();
                break;
        }
    }

    private async Task<EventResult> WithLogAsync(
        LoggedRun? run, WorkflowEventData data, CreateEventOptions options, EventResult done, CancellationToken cancellationToken)
    {
        var isWanted = options.SinceCursor is not null || (data is WorkflowEventData.RunStarted && !options.SkipPreload);
        return isWanted
            ? done with { Log = await events.ListAsync(run, Delta(options).Page, cancellationToken).ConfigureAwait(false) }
            : done;
    }

    private static Keyset Delta(CreateEventOptions options) => EventStore.Keyset(new PageRequest
    {
        Cursor = options.SinceCursor,
        Limit = PageRequest.MaxLimit,
        Data = options.ResolveData,
    });
}

/// <summary>Where events from outside get their ids and instants, and what their payloads go through.</summary>
internal sealed record EventSources(IdGenerator Ids, TimeProvider TimeProvider, PayloadCodecs Codecs, int MostBytes);

/// <summary>Whether an event may be recorded, and what then must still hold.</summary>
internal sealed record Decision(Verdict Verdict, SqlStatement Guard, IReadOnlyList<WorkflowEvent> Events, DateTimeOffset Now)
{
    /// <summary>The step that the event is about, as it was; null when there was none.</summary>
    public StepState? Step { get; init; }

    /// <summary>The wait that the event is about, as it was; null when there was none.</summary>
    public WaitState? Wait { get; init; }
}
