using System.Globalization;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <inheritdoc cref="IQueues" />
internal sealed class Queues(
    ISqlDatabase database, MessageStore store, WakeHub hub, TimeProvider timeProvider, WorldDiagnostics diagnostics) : IQueues
{
    private const int MostReceived = 1_000;
    private static readonly TimeSpan PauseOfUnreadable = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<QueueDepth>> ListAsync(CancellationToken cancellationToken = default)
    {
        await EndLapsedAsync(cancellationToken).ConfigureAwait(false);
        var now = timeProvider.GetUtcNow();
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<DepthRow>(MessageSql.Depths, new { now = SqlTime.ToColumn(now) }),
            cancellationToken).ConfigureAwait(false);
        return rows.ConvertAll(row => new QueueDepth
        {
            QueueName = row.queue_name,
            Ready = (int)row.ready,
            Delayed = (int)row.delayed,
            InFlight = (int)row.in_flight,
            Dead = (int)row.dead,
            OldestAge = SqlTime.FromColumn(row.oldest_at) is { } oldest && oldest < now ? now - oldest : TimeSpan.Zero,
        });
    }

    public async Task<Page<DeadMessage>> ListDeadAsync(
        string queueName, PageRequest? page = null, CancellationToken cancellationToken = default)
    {
        QueueName.Check(queueName, nameof(queueName));
        var keyset = Keyset.Of(PagedList.DeadMessages, page);
        var arguments = new { queue_name = queueName, after = keyset.After, limit = keyset.Limit };
        await EndLapsedAsync(cancellationToken).ConfigureAwait(false);
        var text = keyset.IsDescending ? MessageSql.ListDeadBackwards : MessageSql.ListDead;
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<DeadRow>(text, arguments), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.message_key, row => ToModel(row, keyset.WithData));
    }

    public async Task RedriveAsync(string messageId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(messageId);
        await EndLapsedAsync(cancellationToken).ConfigureAwait(false);
        if (await CountAsync(
            new(MessageSql.Redrive, ("message_id", messageId), ("now", timeProvider.GetUtcNow())), cancellationToken)
            .ConfigureAwait(false) == 0)
        {
            throw NotFoundException.DeadMessage(messageId);
        }

        hub.SignalQueueChanged();
    }

    public async Task<int> RedriveAllAsync(string queueName, CancellationToken cancellationToken = default)
    {
        QueueName.Check(queueName, nameof(queueName));
        await EndLapsedAsync(cancellationToken).ConfigureAwait(false);
        var count = await CountAsync(
            new(MessageSql.RedriveAll, ("queue_name", queueName), ("now", timeProvider.GetUtcNow())), cancellationToken)
            .ConfigureAwait(false);
        hub.SignalQueueChanged();
        return count;
    }

    public async Task DeleteDeadAsync(string messageId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(messageId);
        if (await CountAsync(new(MessageSql.DeleteDead, ("message_id", messageId)), cancellationToken).ConfigureAwait(false) == 0)
        {
            throw NotFoundException.DeadMessage(messageId);
        }
    }

    public Task<int> DeleteAllDeadAsync(string queueName, CancellationToken cancellationToken = default)
    {
        QueueName.Check(queueName, nameof(queueName));
        return CountAsync(new(MessageSql.DeleteAllDead, ("queue_name", queueName)), cancellationToken);
    }

    public async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queueName, int max, TimeSpan visibility, TimeSpan waitTime = default, CancellationToken cancellationToken = default)
    {
        QueueName.Check(queueName, nameof(queueName));
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, MostReceived);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(visibility, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(visibility, IQueues.MaxVisibility);
        ArgumentOutOfRangeException.ThrowIfLessThan(waitTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(waitTime, IQueues.MaxWait);
        var beganAt = timeProvider.GetTimestamp();
        var signal = new WakeSignal(timeProvider);
        hub.QueueChanged += signal.Set;
        hub.ChangedElsewhere += signal.Set;
        hub.ClockMoved += signal.Set;
        try
        {
            while (true)
            {
                var wakeAt = await EndLapsedAsync(cancellationToken).ConfigureAwait(false);
                var dueAt = await store.FindNextDueAsync(queueName, cancellationToken).ConfigureAwait(false);
                if (dueAt <= timeProvider.GetUtcNow())
                {
                    var messages = await store.ClaimAsync(
                        queueName, ClaimRoom.For(max), new ClaimOwner(MessageStore.Pull, visibility), cancellationToken)
                        .ConfigureAwait(false);
                    if (messages.Count > 0)
                    {
                        hub.SignalQueueChanged(); // somebody has to take them back when their time is up
                        return [.. (await ReadableAsync(messages).ConfigureAwait(false)).Select(ToModel)];
                    }

                    dueAt = null; // somebody was faster; what comes next is told
                }

                var left = waitTime - timeProvider.GetElapsedTime(beganAt);
                if (left <= TimeSpan.Zero)
                {
                    return [];
                }

                var until = Instants.Earlier(Instants.Earlier(dueAt, wakeAt), timeProvider.GetUtcNow() + left);
                await signal.WaitUntilAsync(until, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            hub.QueueChanged -= signal.Set;
            hub.ChangedElsewhere -= signal.Set;
            hub.ClockMoved -= signal.Set;
        }
    }

    public Task CompleteAsync(string receipt, CancellationToken cancellationToken = default) =>
        UseAsync(receipt, (key, token) => store.CompleteAsync(key, token, cancellationToken));

    public Task ExtendAsync(string receipt, TimeSpan visibility, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(visibility, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(visibility, IQueues.MaxVisibility);
        return UseAsync(receipt, (key, token) => store.ExtendAsync(key, token, visibility, cancellationToken));
    }

    public Task ReleaseAsync(string receipt, TimeSpan delay = default, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, QueueOptions.MaxDelay);
        return UseAsync(receipt, (key, token) => store.PostponeAsync(key, token, delay, cancellationToken));
    }

    /// <summary>
    /// Those that can be decoded. For the others this was a delivery that failed; when there are only such, the caller is told.
    /// </summary>
    private async Task<IReadOnlyList<PlainMessage>> ReadableAsync(IReadOnlyList<PlainMessage> messages)
    {
        foreach (var (claim, _, _, reason) in messages.Where(message => message.Unreadable is not null))
        {
            var fail = store.Fail(claim.MessageKey, claim.LeaseToken, PauseOfUnreadable);
            var written = await store.WriteAsync(new Unit(fail), CancellationToken.None).ConfigureAwait(false);
            if (written[0] is [var row] && row.IntegerOrNull(0) is not null)
            {
                diagnostics.MessageDead(claim.MessageId, reason);
            }
            else
            {
                diagnostics.MessageFailed(claim.MessageId, PauseOfUnreadable, reason!); // filtered above
            }
        }

        var readable = messages.Where(message => message.Unreadable is null).ToList();
        return readable.Count > 0 ? readable : throw messages[0].Unreadable!; // there is one message at least
    }

    private async Task UseAsync(string receipt, Func<long, string, Task<bool>> use)
    {
        ArgumentException.ThrowIfNullOrEmpty(receipt);
        var dot = receipt.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0
            || !long.TryParse(receipt.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var messageKey)
            || !await use(messageKey, receipt[(dot + 1)..]).ConfigureAwait(false))
        {
            throw new StaleReceiptException(receipt);
        }

        hub.SignalQueueChanged();
    }

    /// <summary>
    /// Takes back what is due to be taken back, also before anybody looks at the dead: where only receivers are, nobody else does.
    /// </summary>
    /// <returns>When to look next.</returns>
    private async Task<DateTimeOffset?> EndLapsedAsync(CancellationToken cancellationToken)
    {
        var lapse = await store.FindNextLapseAsync(cancellationToken).ConfigureAwait(false);
        if (lapse is null || lapse > timeProvider.GetUtcNow())
        {
            return lapse;
        }

        foreach (var messageId in await store.EndVisibilityAsync(cancellationToken).ConfigureAwait(false))
        {
            diagnostics.MessageDead(messageId, null);
        }

        hub.SignalQueueChanged();
        return await store.FindNextLapseAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> CountAsync(SqlStatement statement, CancellationToken cancellationToken)
    {
        var result = await database.WriteAsync(new Unit(statement), cancellationToken).ConfigureAwait(false);
        return result.ThrowUnlessCommitted().Rows[0].Count;
    }

    private static ReceivedMessage ToModel(PlainMessage message) => new()
    {
        MessageId = message.Message.MessageId,
        QueueName = message.Message.QueueName,
        Payload = message.Message.Payload,
        Headers = message.Message.Headers,
        Attempt = message.Message.Attempt,
        Failures = message.Claim.Failures,
        Receipt = string.Create(CultureInfo.InvariantCulture, $"{message.Claim.MessageKey}.{message.Claim.LeaseToken}"),
    };

    private DeadMessage ToModel(DeadRow row, bool withData)
    {
        var (payload, headers) = withData ? store.Decode(row.payload, row.headers) : (default, MessageStore.ReadHeaders(null));
        return new DeadMessage
        {
            MessageId = row.message_id,
            QueueName = row.queue_name,
            Payload = payload,
            Headers = headers,
            Attempt = (int)row.attempt,
            Failures = (int)row.failures,
            CreatedAt = SqlTime.FromColumn(row.created_at),
            DeadAt = SqlTime.FromColumn(row.dead_at),
        };
    }

    private sealed class DepthRow
    {
        public required string queue_name { get; init; }
        public long ready { get; init; }
        public long delayed { get; init; }
        public long in_flight { get; init; }
        public long dead { get; init; }
        public long? oldest_at { get; init; }
    }

    private sealed class DeadRow
    {
        public long message_key { get; init; }
        public required string message_id { get; init; }
        public required string queue_name { get; init; }
        public required byte[] payload { get; init; }
        public string? headers { get; init; }
        public long attempt { get; init; }
        public long failures { get; init; }
        public long created_at { get; init; }
        public long dead_at { get; init; }
    }
}
