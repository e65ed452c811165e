using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Records events from outside, one unit each.</summary>
internal sealed class EventCommands(
    ISqlDatabase database,
    RunStore runs,
    EventStore events,
    EventRefusal refusal,
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
            if (await runs.FindKeyAsync(runId!, cancellationToken).ConfigureAwait(false) is { } runKey)
            {
                var done = await AppendAsync(runId!, runKey, data, options, cancellationToken).ConfigureAwait(false);
                return await WithLogAsync(runId!, data, options, done, cancellationToken).ConfigureAwait(false);
            }

            if (data is not WorkflowEventData.RunStarted { Created: { } missing })
            {
                throw NotFoundException.Run(runId!);
            }

            // Its creation never arrived, or has not yet: whoever comes second finds the run.
            if (await CreateRunAsync(runId!, missing, options, cancellationToken, isStarted: true).ConfigureAwait(false) is { } made)
            {
                return await WithLogAsync(runId!, data, options, made, cancellationToken).ConfigureAwait(false);
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
        var now = sources.TimeProvider.GetUtcNow();
        var columns = EventColumns.From(created, sources.Codecs, sources.MostBytes).With(options);
        var started = new EventColumns("run_started").With(options);
        List<SqlStatement> statements =
        [
            new(
                RunSql.Insert,
                ("run_id", runId),
                ("workflow_name", created.WorkflowName),
                ("workflow_version", 1),
                ("seed", IdGenerator.NewSeed()),
                ("spec_version", created.SpecVersion),
                ("attributes", columns.Data!.Attributes is { } attributes ? AttributeText.Of(attributes!) : null),
                ("created_at", now),
                ("retention_ms", (long?)created.Retention?.TotalMilliseconds)),
            new(
                EventSql.AppendFirst,
                ("run_id", runId), ("created_at", now), ("data", columns.DataText), ("payload", columns.Payload)),
        ];
        if (columns.Data.Attributes is not null)
        {
            statements.Add(new(AttributeSql.Insert, ("run_id", runId)));
        }

        if (isStarted)
        {
            statements.Add(new(
                EventSql.AppendStarted, ("run_id", runId), ("created_at", now), ("data", started.DataText)));
            statements.Add(new(RunSql.StartById, ("run_id", runId), ("started_at", now)));
        }

        statements.Add(new(RunSql.Get, ("run_id", runId), ("with_data", options.ResolveData == ResolveData.All)));
        var result = await database.WriteAsync(new Unit(statements), cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.UniqueViolation)
        {
            return null;
        }

        var run = RunRow.From(result.ThrowUnlessCommitted().Rows[^1][0]).ToRun(sources.Codecs, options.ResolveData);
        var at = isStarted ? run.StartedAt!.Value : run.CreatedAt; // set by the statement above
        var recorded = isStarted ? started : columns;
        return new EventResult { Event = ToEvent(recorded, isStarted ? 2 : 1, at, recorded.DataText, options), Run = run };
    }

    private async Task<EventResult> AppendAsync(
        string runId, long runKey, WorkflowEventData data, CreateEventOptions options, CancellationToken cancellationToken)
    {
        var columns = EventColumns.From(data, sources.Codecs, sources.MostBytes).With(options);
        var unit = EventUnit.Of(runKey, data, columns, sources, options);
        var result = await database.WriteAsync(unit.ToUnit(), cancellationToken).ConfigureAwait(false);
        if (result.Exception?.Code == ErrorCodes.OutcomeUnknown)
        {
            hub.SignalOutcomeUnknown();
        }

        if (result.Guard == "run_unchanged")
        {
            return new EventResult { Run = await runs.GetAsync(runId, options.ResolveData, cancellationToken).ConfigureAwait(false) };
        }

        if (result.Error == SqlErrorKind.GuardFailed)
        {
            throw await refusal.ExplainAsync(result.Guard!, runId, data, cancellationToken).ConfigureAwait(false);
        }

        var row = unit.EventOf(result.ThrowUnlessCommitted());
        unit.News.Tell(result, hub);
        var written = new EventColumns(row.Text(2), columns.CorrelationId, columns.Data, columns.Payload);
        try
        {
            var recorded = ToEvent(written, row.Integer(0), SqlTime.FromColumn(row.Integer(1)), row.TextOrNull(3), options);
            var done = Describe(runId, data, recorded, EventUnit.ThingOf(result), options.ResolveData);
            Tell(runId, runKey, data, done, options);
            return done;
        }
        catch (PayloadCodecException)
        {
            // It is recorded, and only cannot be shown here: whoever waits for it finds it.
            hub.SignalRunWoken(runKey);
            hub.SignalMessagesChanged();
            hub.SignalChangedElsewhere();
            throw;
        }
    }

    private EventResult Describe(string runId, WorkflowEventData data, WorkflowEvent recorded, SqlRow? thing, ResolveData resolve)
    {
        var done = new EventResult { Event = recorded, StepCreated = data is WorkflowEventData.StepStarted { Created: not null } };
        return thing is not { } row
            ? done
            : EventSubject.Of(data).Kind switch
            {
                EventSubjectKind.Step => done with { Step = StepRow.From(row).ToStep(runId, sources.Codecs, resolve) },
                EventSubjectKind.Hook => done with { Hook = HookRow.From(row).ToHook(sources.Codecs) },
                EventSubjectKind.Wait => done with { Wait = WaitRow.From(row).ToWait(runId) },
                _ => done with { Run = RunRow.From(row).ToRun(sources.Codecs, resolve) },
            };
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
        string runId, WorkflowEventData data, CreateEventOptions options, EventResult done, CancellationToken cancellationToken)
    {
        var isWanted = options.SinceCursor is not null || (data is WorkflowEventData.RunStarted && !options.SkipPreload);
        return isWanted
            ? done with { Log = await events.ListAsync(runId, Delta(options).Page, cancellationToken).ConfigureAwait(false) }
            : done;
    }

    private static Keyset Delta(CreateEventOptions options) => EventStore.Keyset(new PageRequest
    {
        Cursor = options.SinceCursor,
        Limit = PageRequest.MaxLimit,
        Data = options.ResolveData,
    });

    private WorkflowEvent ToEvent(
        EventColumns columns, long position, DateTimeOffset at, string? data, CreateEventOptions options) => new StoredEvent
        {
            position = position,
            event_type = columns.Type,
            correlation_id = columns.CorrelationId,
            created_at = SqlTime.ToColumn(at),
            data = data,
            payload = options.ResolveData == ResolveData.All ? columns.Payload?.ToArray() : null,
        }.ToEvent(sources.Codecs);
}

/// <summary>Where events from outside get their ids and instants, and what their payloads go through.</summary>
internal sealed record EventSources(IdGenerator Ids, TimeProvider TimeProvider, PayloadCodecs Codecs, int MostBytes);
