using System.Text.Json;
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

    private const int PlainVersion = 0;

    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>();

    /// <summary>The messages taken, in due order.</summary>
    public async Task<IReadOnlyList<PlainMessage>> ClaimAsync(
        string queueName, ClaimRoom room, ClaimOwner owner, CancellationToken cancellationToken)
    {
        var token = ids.NewLeaseToken();
        var result = await QueueStore.ClaimAsync(database, ToUnit(queueName, room, owner, token), owner.WorkerId, token, cancellationToken)
            .ConfigureAwait(false);
        if (result.Error == SqlErrorKind.TooBig && room.Most + room.Ahead > 1)
        {
            // Together they are more than one answer may have; whoever asks for more of them asks again.
            var half = room.Ahead > 0 ? room with { Ahead = room.Ahead / 2 } : room with { Most = room.Most / 2 };
            return await ClaimAsync(queueName, half, owner, cancellationToken).ConfigureAwait(false);
        }

        return result.ThrowUnlessCommitted().Rows
            .SelectMany((rows, statement) => rows
                .OrderBy(row => row.Integer(6)).ThenBy(row => row.Integer(0))
                .Select(row => ToMessage(row, queueName, token, isAhead: statement == 1)))
            .ToList();
    }

    private Unit ToUnit(string queueName, ClaimRoom room, ClaimOwner owner, string token)
    {
        var now = timeProvider.GetUtcNow();
        (string, SqlValue)[] arguments =
        [
            ("queue_name", queueName),
            ("workflow_version", PlainVersion),
            ("now", now),
            ("lease_ends_at", RoundUp(now + owner.Lease)),
            ("lease_owner", owner.WorkerId),
            ("lease_token", token),
        ];
        var claim = new SqlStatement(
            MessageSql.ClaimPlain, [.. arguments, ("limit", room.Most), ("slots", 0), ("few", room.Few), ("alone", room.Alone)]);
        return room.Ahead == 0
            ? new Unit(claim)
            : new Unit(claim, new SqlStatement(MessageSql.ClaimAhead, [.. arguments, ("limit", room.Ahead)]));
    }

    /// <summary>The queues under some prefixes, and when the next message of each is due for which there is room.</summary>
    public ValueTask<List<DueQueue>> FindDueAsync(
        IReadOnlyList<string> prefixes, ClaimRoom room, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async reader =>
            {
                var due = new List<DueQueue>();
                foreach (var prefix in prefixes)
                {
                    var rows = await reader.QueryAsync<DueRow>(MessageSql.DueNames, new { prefix, few_from = room.FewFrom, alone_from = room.AloneFrom }).ConfigureAwait(false);
                    due.AddRange(rows.Select(row => new DueQueue(row.queue_name, SqlTime.FromColumn(row.due_at))));
                }

                return due;
            },
            cancellationToken);

    /// <summary>When the next message that nobody has is due in one queue.</summary>
    public async Task<DateTimeOffset?> FindNextDueAsync(string queueName, CancellationToken cancellationToken) =>
        SqlTime.FromColumn(await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<long?>(
                QueueSql.NextDue, new { queue_name = queueName, workflow_version = PlainVersion, slots = 0, few_from = 0L, alone_from = 0L }),
            cancellationToken).ConfigureAwait(false));

    /// <summary>When the next pulled message comes back.</summary>
    public async Task<DateTimeOffset?> FindNextLapseAsync(CancellationToken cancellationToken) =>
        SqlTime.FromColumn(await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<long?>(MessageSql.NextLapse), cancellationToken).ConfigureAwait(false));

    /// <summary>Takes back what receivers have had for too long.</summary>
    /// <returns>Those messages that are dead now.</returns>
    public async Task<IReadOnlyList<string>> EndVisibilityAsync(CancellationToken cancellationToken)
    {
        var end = new SqlStatement(MessageSql.EndVisibility, ("now", timeProvider.GetUtcNow()));
        return (await WriteAsync(new Unit(end), cancellationToken).ConfigureAwait(false))[0]
            .Where(row => row.IntegerOrNull(1) is not null).Select(row => row.Text(0)).ToList();
    }

    /// <summary>One message is done with, which costs a tenth of <see cref="CompleteAll"/>. Returns its key if it was ours.</summary>
    public static SqlStatement Complete(long messageKey, string token) =>
        new(MessageSql.Complete, ("message_key", messageKey), ("lease_token", token));

    /// <summary>Messages of one claim are done with. Returns the keys of those that were ours.</summary>
    public static SqlStatement CompleteAll(IEnumerable<long> messageKeys, string token) =>
        new(MessageSql.CompleteAll, ("message_keys", ToJson(messageKeys)), ("lease_token", token));

    /// <summary>Messages of one claim are as if they had not been claimed. Returns the keys of those that were ours.</summary>
    public static SqlStatement GiveBack(IEnumerable<long> messageKeys, string token) =>
        new(MessageSql.GiveBack, ("message_keys", ToJson(messageKeys)), ("lease_token", token));

    /// <summary>Due again at once, or after a while. Returns the key if the message was ours.</summary>
    public SqlStatement Postpone(long messageKey, string token, TimeSpan delay, bool counts)
    {
        var now = timeProvider.GetUtcNow();
        return new(
            MessageSql.Postpone,
            ("message_key", messageKey),
            ("lease_token", token),
            ("due_at", DueAt(now, delay)),
            ("uncounted", counts ? 0 : 1),
            ("now", now));
    }

    /// <summary>The delivery has failed. Returns when the message died, or null, if it was ours.</summary>
    public SqlStatement Fail(long messageKey, string token, TimeSpan delay)
    {
        var now = timeProvider.GetUtcNow();
        return new(
            MessageSql.FailPlain,
            ("message_key", messageKey),
            ("lease_token", token),
            ("due_at", RoundUp(now + delay)),
            ("now", now));
    }

    /// <returns>The rows that each statement returned.</returns>
    public async Task<IReadOnlyList<IReadOnlyList<SqlRow>>> WriteAsync(Unit unit, CancellationToken cancellationToken) =>
        (await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false)).ThrowUnlessCommitted().Rows;

    /// <returns>False when the lease is gone.</returns>
    public Task<bool> CompleteAsync(long messageKey, string token, CancellationToken cancellationToken) =>
        HasHitAsync(Complete(messageKey, token), cancellationToken);

    /// <summary>Due again after a while.</summary>
    /// <returns>False when the lease is gone.</returns>
    public Task<bool> PostponeAsync(long messageKey, string token, TimeSpan delay, CancellationToken cancellationToken) =>
        HasHitAsync(Postpone(messageKey, token, delay, counts: true), cancellationToken);

    /// <summary>A receiver has so much time from now.</summary>
    /// <returns>False when the lease is gone.</returns>
    public Task<bool> ExtendAsync(long messageKey, string token, TimeSpan visibility, CancellationToken cancellationToken) =>
        HasHitAsync(
            new(
                MessageSql.Extend,
                ("message_key", messageKey),
                ("lease_token", token),
                ("lease_ends_at", visibility == TimeSpan.Zero
                    ? timeProvider.GetUtcNow()
                    : RoundUp(timeProvider.GetUtcNow() + visibility))),
            cancellationToken);

    /// <summary>What was sent, of what is stored.</summary>
    /// <exception cref="PayloadCodecException">It cannot be decoded.</exception>
    public (ReadOnlyMemory<byte> Payload, IReadOnlyDictionary<string, string> Headers) Decode(byte[] payload, string? headers) =>
        (codecs.Decode(payload.AsMemory()), ReadHeaders(codecs.DecodeObject(headers)));

    public static IReadOnlyDictionary<string, string> ReadHeaders(string? headers) => headers is null
        ? NoHeaders
        : JsonSerializer.Deserialize<Dictionary<string, string>>(headers) ?? NoHeaders;

    /// <summary>When a message is due after a delay; null for at once, which is no instant.</summary>
    public static DateTimeOffset? DueAt(DateTimeOffset now, TimeSpan delay) =>
        delay == TimeSpan.Zero ? null : RoundUp(now + delay);

    /// <summary>Columns hold whole milliseconds, and nothing may happen before its time.</summary>
    public static DateTimeOffset RoundUp(DateTimeOffset instant) =>
        instant.AddTicks(TimeSpan.TicksPerMillisecond - 1);

    private async Task<bool> HasHitAsync(SqlStatement statement, CancellationToken cancellationToken) =>
        (await WriteAsync(new Unit(statement), cancellationToken).ConfigureAwait(false))[0].Count > 0;

    private static string ToJson(IEnumerable<long> messageKeys) => $"[{string.Join(',', messageKeys)}]";

    private PlainMessage ToMessage(SqlRow row, string queueName, string token, bool isAhead)
    {
        var claim = new ClaimedMessage
        {
            MessageKey = row.Integer(0),
            MessageId = row.Text(1),
            RunKey = 0,
            LeaseToken = token,
            Wakes = 0,
            Attempt = (int)row.Integer(2),
            Failures = (int)row.Integer(3),
            Interruptions = (int)row.Integer(8),
            Lane = (Lane)row.Integer(9),
            IsAhead = isAhead,
        };
        ReadOnlyMemory<byte> payload = default;
        var headers = NoHeaders;
        PayloadCodecException? unreadable = null;
        try
        {
            (payload, headers) = Decode(row.Bytes(4), row.TextOrNull(5));
        }
        catch (PayloadCodecException exception)
        {
            unreadable = exception;
        }

        var message = new QueueMessage
        {
            MessageId = claim.MessageId,
            QueueName = queueName,
            Payload = payload,
            Headers = headers,
            Attempt = claim.Attempt,
        };
        return new PlainMessage(claim, message, row.IntegerOrNull(7), unreadable);
    }

    private sealed class DueRow
    {
        public required string queue_name { get; init; }
        public long? due_at { get; init; }
    }
}
