using System.Text.Json;
using Dapper;
using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>A queue that has plain messages, and when the next of them is due.</summary>
internal sealed record DueQueue(string Name, DateTimeOffset? DueAt);

/// <summary>Claims plain messages for one owner and writes what became of them.</summary>
internal sealed class MessageStore(
    ISqlDatabase database, PayloadCodecs codecs, IdGenerator ids, TimeProvider timeProvider)
{
    /// <summary>The owner of messages that receivers have. Nobody renews them.</summary>
    public const string Pull = "pull";

    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>();

    /// <summary>The messages taken, in due order.</summary>
    public async Task<IReadOnlyList<PlainMessage>> ClaimAsync(
        string queueName, int limit, string owner, TimeSpan lease, CancellationToken cancellationToken)
    {
        var token = ids.NewLeaseToken();
        var now = timeProvider.GetUtcNow();
        var claim = new SqlStatement(
            QueueSql.ClaimPlain,
            ("queue_name", queueName),
            ("limit", limit),
            ("now", now),
            ("lease_ends_at", RoundUp(now + lease)),
            ("lease_owner", owner),
            ("lease_token", token));
        var result = await database.WriteAsync(new Unit(claim), cancellationToken).ConfigureAwait(false);
        return result.ThrowUnlessCommitted().Rows[0]
            .OrderBy(row => row.Integer(7)).ThenBy(row => row.Integer(0))
            .Select(row => ToMessage(row, token))
            .ToList();
    }

    /// <summary>The queues under some prefixes.</summary>
    public ValueTask<List<DueQueue>> FindDueAsync(IReadOnlyList<string> prefixes, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => prefixes
                .SelectMany(prefix => connection.Query<DueRow>(QueueSql.DueNames, new { prefix }))
                .Select(row => new DueQueue(row.queue_name, SqlTime.FromColumn(row.due_at)))
                .ToList(),
            cancellationToken);

    /// <summary>When the next message that nobody has is due in one queue.</summary>
    public async Task<DateTimeOffset?> FindNextDueAsync(string queueName, CancellationToken cancellationToken) =>
        SqlTime.FromColumn(await database.ReadAsync(
            connection => connection.QuerySingleOrDefault<long?>(
                QueueSql.NextDue, new { queue_name = queueName, workflow_version = 0 }),
            cancellationToken).ConfigureAwait(false));

    /// <summary>When the next pulled message comes back.</summary>
    public async Task<DateTimeOffset?> FindNextLapseAsync(CancellationToken cancellationToken) =>
        SqlTime.FromColumn(await database.ReadAsync(
            connection => connection.QuerySingleOrDefault<long?>(QueueSql.NextLapse), cancellationToken).ConfigureAwait(false));

    /// <summary>Takes back what receivers have had for too long.</summary>
    /// <returns>Those messages that are dead now.</returns>
    public async Task<IReadOnlyList<string>> EndVisibilityAsync(CancellationToken cancellationToken)
    {
        var end = new SqlStatement(QueueSql.EndVisibility, ("now", timeProvider.GetUtcNow()));
        var result = await database.WriteAsync(new Unit(end), cancellationToken).ConfigureAwait(false);
        return result.ThrowUnlessCommitted().Rows[0]
            .Where(row => row.IntegerOrNull(1) is not null).Select(row => row.Text(0)).ToList();
    }

    /// <returns>False when the lease is gone.</returns>
    public Task<bool> CompleteAsync(long messageKey, string token, CancellationToken cancellationToken) =>
        HasHitAsync(
            new(QueueSql.Complete, ("message_key", messageKey), ("lease_token", token)), cancellationToken);

    /// <summary>Due again after a while.</summary>
    /// <returns>False when the lease is gone.</returns>
    public Task<bool> PostponeAsync(
        long messageKey, string token, TimeSpan delay, bool counts, CancellationToken cancellationToken) =>
        HasHitAsync(
            new(
                QueueSql.Postpone,
                ("message_key", messageKey),
                ("lease_token", token),
                ("due_at", RoundUp(timeProvider.GetUtcNow() + delay)),
                ("uncounted", counts ? 0 : 1)),
            cancellationToken);

    /// <summary>A receiver has so much time from now.</summary>
    /// <returns>False when the lease is gone.</returns>
    public Task<bool> ExtendAsync(long messageKey, string token, TimeSpan visibility, CancellationToken cancellationToken) =>
        HasHitAsync(
            new(
                QueueSql.Extend,
                ("message_key", messageKey),
                ("lease_token", token),
                ("lease_ends_at", visibility == TimeSpan.Zero
                    ? timeProvider.GetUtcNow()
                    : RoundUp(timeProvider.GetUtcNow() + visibility))),
            cancellationToken);

    /// <returns>Whether the message is dead now; null when the lease is gone.</returns>
    public async Task<bool?> FailAsync(
        long messageKey, string token, TimeSpan delay, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var fail = new SqlStatement(
            QueueSql.FailPlain,
            ("message_key", messageKey),
            ("lease_token", token),
            ("due_at", RoundUp(now + delay)),
            ("now", now));
        var rows = (await database.WriteAsync(new Unit(fail), cancellationToken).ConfigureAwait(false))
            .ThrowUnlessCommitted().Rows[0];
        return rows.Count == 0 ? null : rows[0].IntegerOrNull(0) is not null;
    }

    /// <summary>What was sent, of what is stored.</summary>
    /// <exception cref="PayloadCodecException">It cannot be decoded.</exception>
    public (ReadOnlyMemory<byte> Payload, IReadOnlyDictionary<string, string> Headers) Decode(byte[] payload, string? headers) =>
        (codecs.Decode(payload.AsMemory()), ReadHeaders(codecs.DecodeObject(headers)));

    public static IReadOnlyDictionary<string, string> ReadHeaders(string? headers) => headers is null
        ? NoHeaders
        : JsonSerializer.Deserialize<Dictionary<string, string>>(headers) ?? NoHeaders;

    /// <summary>Columns hold whole milliseconds, and nothing may happen before its time.</summary>
    public static DateTimeOffset RoundUp(DateTimeOffset instant) =>
        instant.AddTicks(TimeSpan.TicksPerMillisecond - 1);

    private async Task<bool> HasHitAsync(SqlStatement statement, CancellationToken cancellationToken)
    {
        var result = await database.WriteAsync(new Unit(statement), cancellationToken).ConfigureAwait(false);
        return result.ThrowUnlessCommitted().Rows[0].Count > 0;
    }

    private PlainMessage ToMessage(SqlRow row, string token)
    {
        var claim = new ClaimedMessage
        {
            MessageKey = row.Integer(0),
            MessageId = row.Text(1),
            RunKey = 0,
            LeaseToken = token,
            Wakes = 0,
            Attempt = (int)row.Integer(3),
            Failures = (int)row.Integer(4),
        };
        var message = new QueueMessage
        {
            MessageId = claim.MessageId,
            QueueName = row.Text(2),
            Payload = default,
            Headers = NoHeaders,
            Attempt = claim.Attempt,
        };
        try
        {
            var (payload, headers) = Decode(row.Bytes(5), row.TextOrNull(6));
            return new PlainMessage(claim, message with { Payload = payload, Headers = headers });
        }
        catch (PayloadCodecException exception)
        {
            return new PlainMessage(claim, message, exception);
        }
    }

    private sealed class DueRow
    {
        public required string queue_name { get; init; }
        public long? due_at { get; init; }
    }
}
