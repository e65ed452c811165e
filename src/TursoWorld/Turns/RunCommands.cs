using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Writes what the outside asks for: one unit each.</summary>
internal sealed class RunCommands(
    ISqlDatabase database, ClaimOwner settings, PayloadCodecs codecs, WakeHub hub, IdGenerator ids, TimeProvider timeProvider)
{
    private const int EventsLookedAt = 10_000;

    private readonly RunKeys _keys = new(database, codecs, timeProvider);

    /// <summary>Stores a run and its message, claimed for this process when <paramref name="claim"/> is true.</summary>
    /// <returns>The claimed message; null when it was not to be claimed.</returns>
    /// <exception cref="ConflictException">A run with that id exists, or its key is held.</exception>
    public async Task<StartedRun?> StartAsync(NewRun run, bool claim, CancellationToken cancellationToken)
    {
        var (runId, workflow) = (run.RunId, run.Workflow);
        var token = claim ? ids.NewLeaseToken() : null;
        var now = timeProvider.GetUtcNow();
        var seed = IdGenerator.NewSeed();
        var created = new WorkflowEvent.RunCreated(run.Input)
        {
            Position = 1,
            CreatedAt = SqlTime.FromColumn(SqlTime.ToColumn(now)), // as it will be read
            Attributes = run.Attributes,
        };
        var unit = StartUnit(run, created, seed, token);
        var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.UniqueViolation)
        {
            throw ConflictException.Run(runId);
        }

        var rows = result.ThrowUnlessCommitted().Rows;
        if (token is null)
        {
            hub.SignalMessagesChanged();
            return null;
        }

        var message = new ClaimedMessage
        {
            MessageKey = rows[2][0].Integer(0),
            MessageId = IdGenerator.MessageIdOf(runId),
            RunKey = rows[0][0].Integer(0),
            LeaseToken = token,
            Wakes = 0,
            Attempt = 1,
            Failures = 0,
        };
        return new StartedRun(new RunIdentity(runId, workflow, seed), message, created);
    }

    /// <inheritdoc cref="RunKeys.FindAsync"/>
    public Task<string?> FindByKeyAsync(
        string workflowName, string key, ReadOnlyMemory<byte>? input, CancellationToken cancellationToken) =>
        _keys.FindAsync(workflowName, key, input, cancellationToken);

    /// <summary>Sends a payload to the hook with a token.</summary>
    /// <exception cref="NotFoundException">No hook has that token.</exception>
    public async Task ResumeHookAsync(string token, ReadOnlyMemory<byte>? payload, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var unit = new Unit(
            new SqlStatement(EventSql.AppendReceived, ("token", token), ("created_at", now), ("payload", codecs.Encode(payload))),
            new SqlStatement(QueueSql.WakeByHook, ("token", token), ("now", now)),
            new SqlStatement(HookSql.Use, ("token", token)))
        {
            Guard = new SqlStatement(TurnSql.HookGuard, ("token", token)),
        };
        var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.GuardFailed)
        {
            throw await ExplainMissingAsync(token, cancellationToken).ConfigureAwait(false);
        }

        var runKey = result.ThrowUnlessCommitted().Rows[0][0].Integer(0);
        hub.SignalRunWoken(runKey);
        hub.SignalMessagesChanged();
    }

    /// <summary>Why no hook with a token waits. Looks as far back as takes some milliseconds: a token has no index behind its hook's life.</summary>
    private async Task<NotFoundException> ExplainMissingAsync(string token, CancellationToken cancellationToken)
    {
        var gone = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<GoneHook>(EventSql.FindHook, new { token, limit = EventsLookedAt }),
            cancellationToken).ConfigureAwait(false);
        return gone switch
        {
            null => NotFoundException.Hook(token),
            { is_used: true } => NotFoundException.HookUsed(token, gone.run_id),
            _ => NotFoundException.HookOver(token, gone.run_id),
        };
    }

    private Unit StartUnit(NewRun run, WorkflowEvent.RunCreated created, byte[] seed, string? token)
    {
        var columns = EventColumns.From(created, codecs);
        var now = created.CreatedAt;
        List<SqlStatement> statements =
        [
            new(
                RunSql.Insert,
                ("run_id", run.RunId),
                ("workflow_name", run.Workflow.Name),
                ("workflow_version", run.Workflow.Version),
                ("seed", seed),
                ("attributes", AttributeText.OfNew(run.Attributes)),
                ("created_at", now),
                ("retention_ms", (long?)run.Retention?.TotalMilliseconds)),
            new(
                EventSql.AppendFirst,
                ("run_id", run.RunId), ("created_at", now), ("data", columns.DataText), ("payload", columns.Payload)),
            new(
                QueueSql.Enqueue,
                ("run_id", run.RunId),
                ("message_id", IdGenerator.MessageIdOf(run.RunId)),
                ("queue_name", run.Workflow.QueueName),
                ("now", now),
                ("lease_ends_at", token is null ? (DateTimeOffset?)null : now + settings.Lease),
                ("lease_owner", token is null ? null : settings.WorkerId),
                ("lease_token", token)),
        ];
        if (run.Attributes.Count > 0)
        {
            statements.Add(new(AttributeSql.Insert, ("run_id", run.RunId)));
        }

        if (run.Key is { } key)
        {
            statements.AddRange(_keys.Take(run, key, now));
        }

        return new Unit(statements);
    }

    private sealed class GoneHook
    {
        public required string run_id { get; init; }
        public bool is_used { get; init; }
    }
}
