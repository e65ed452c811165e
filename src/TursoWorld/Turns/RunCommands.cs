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
    private const int RowsLookedAt = 10_000;

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
        var (unit, place) = StartUnit(run, created, seed, token);
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
            MessageKey = rows[place][0].Integer(0),
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
        var received = new WorkflowEvent.HookReceived("", payload) { Position = 0, CreatedAt = now };
        var (rest, beside) = LogRows.WriteRest(EventCodec.Write(received, codecs));
        var unit = new Unit(
            new SqlStatement(LogSql.AppendReceived, ("token", token), ("created_at", now), ("rest", rest), ("payloads", beside)),
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
            reader => reader.QuerySingleOrDefaultAsync<GoneHook>(LogSql.FindHook, new { token, limit = RowsLookedAt }),
            cancellationToken).ConfigureAwait(false);
        return gone switch
        {
            null => NotFoundException.Hook(token),
            { is_used: true } => NotFoundException.HookUsed(token, gone.run_id),
            _ => NotFoundException.HookOver(token, gone.run_id),
        };
    }

    private (Unit Unit, int Message) StartUnit(NewRun run, WorkflowEvent.RunCreated created, byte[] seed, string? token)
    {
        var now = created.CreatedAt;
        List<SqlStatement> statements = [];
        RunBirth.Add(
            statements,
            new RunBirth(run.RunId, run.Workflow, seed, SpecVersion: null, AttributeText.OfNew(run.Attributes), now, run.Retention),
            [created],
            codecs);
        var message = statements.Count;
        statements.Add(new(
            QueueSql.Enqueue,
            ("run_id", run.RunId),
            ("message_id", IdGenerator.MessageIdOf(run.RunId)),
            ("queue_name", run.Workflow.QueueName),
            ("now", now),
            ("lease_ends_at", token is null ? (DateTimeOffset?)null : now + settings.Lease),
            ("lease_owner", token is null ? null : settings.WorkerId),
            ("lease_token", token)));
        if (run.Key is { } key)
        {
            statements.AddRange(_keys.Take(run, key, now));
        }

        return (new Unit(statements), message);
    }

    private sealed class GoneHook
    {
        public required string run_id { get; init; }
        public bool is_used { get; init; }
    }
}
