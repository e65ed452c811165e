using System.Buffers;
using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Ids;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>What sending needs to know.</summary>
/// <param name="Owner">In whose name a message is claimed as it is stored.</param>
/// <param name="IdempotencyTtl">How long a key holds at least.</param>
/// <param name="MaxRetries">Failures before a message is dead.</param>
/// <param name="Codecs">What payloads and headers go through.</param>
internal sealed record SendSettings(ClaimOwner Owner, TimeSpan IdempotencyTtl, int MaxRetries, PayloadCodecs Codecs);

/// <summary>Stores plain messages, claimed already when somebody here has a slot for them.</summary>
internal sealed class QueueSender(
    ISqlDatabase database, UnitRetry retry, MessageDispatcher dispatcher, HandlerTable handlers, SendSettings settings,
    WakeHub hub, IdGenerator ids, TimeProvider timeProvider, WorldDiagnostics diagnostics)
{
    private const int LongestKey = 512;
    private const int KeysSwept = 10;
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // A message that is stored as ours had no claim before, so one token serves all of them. It lets what has become of them be
    // written together.
    private readonly string _token = ids.NewLeaseToken();

    /// <summary>Stores all of them or none.</summary>
    /// <returns>Their ids; for one whose idempotency key is held, the id of the message that holds it.</returns>
    public async Task<IReadOnlyList<string>> SendAsync(
        IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            Check(message);
        }

        if (messages.Count == 0)
        {
            return [];
        }

        var now = timeProvider.GetUtcNow();
        var statements = new List<SqlStatement>(messages.Count + 1);
        var places = new List<Place>(messages.Count);
        var ours = new List<Place>();
        try
        {
            foreach (var message in messages)
            {
                var place = Add(statements, message, now);
                places.Add(place);
                if (place.Claimed is not null)
                {
                    ours.Add(place);
                }
            }

            if (places.Exists(place => place.TakeKey is not null))
            {
                statements.AddRange(QueuePurge.Sweep(now, KeysSwept));
            }

            var rows = await WriteAsync(new Unit(statements), ours, cancellationToken).ConfigureAwait(false);
            foreach (var place in ours)
            {
                if (rows[place.Stored] is [var stored])
                {
                    place.HandOver(dispatcher, stored.Integer(0));
                }
            }

            if (ours.Count < places.Count)
            {
                hub.SignalQueueChanged();
            }

            return places.ConvertAll(place => place.TakeKey is { } take ? rows[take][0].Text(0) : place.MessageId);
        }
        finally
        {
            // Those whose keys are held, or which are not stored.
            dispatcher.Unreserve(ours.Count(place => !place.IsHandedOver));
        }
    }

    private async Task<IReadOnlyList<IReadOnlyList<SqlRow>>> WriteAsync(
        Unit unit, List<Place> ours, CancellationToken cancellationToken)
    {
        try
        {
            var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
            return result.ThrowUnlessCommitted().Rows;
        }
        catch (StorageException exception) when (exception.Code == ErrorCodes.OutcomeUnknown && ours.Count > 0)
        {
            await TakeUpAsync(ours).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// What is stored as ours must not wait for a lease that nobody renews. The sender is told the truth all the same: a
    /// unit that was not applied when it heard so may still be, after a crash.
    /// </summary>
    private async Task TakeUpAsync(List<Place> ours)
    {
        var leaseEndsAt = timeProvider.GetUtcNow() + settings.Owner.Lease;
        var unit = new Unit(ours.ConvertAll(place => new SqlStatement(
            MessageSql.TakeUp,
            ("message_id", place.MessageId),
            ("lease_token", place.Claimed!.Claim.LeaseToken), // ours are claimed
            ("lease_ends_at", leaseEndsAt))));
        try
        {
            var written = await retry.WriteAsync(unit, "queue.take_up", CancellationToken.None).ConfigureAwait(false);
            for (var i = 0; i < ours.Count; i++)
            {
                if (written.Rows[i] is [var stored])
                {
                    ours[i].HandOver(dispatcher, stored.Integer(0));
                }
            }
        }
        catch (Exception exception) when (exception is StorageException or ObjectDisposedException)
        {
            diagnostics.LoopFailed("queue.take_up", exception); // the sender hears of the first error
        }
    }

    /// <summary>The room first, then the claim: what is stored as ours begins right after the commit.</summary>
    private string? Claim(OutgoingMessage message, long? maxFailures) =>
        (message.Options?.Delay ?? TimeSpan.Zero) == TimeSpan.Zero
        && handlers.Find(message.QueueName) is not null && dispatcher.TryReserve(mayWait: maxFailures is not 1)
            ? _token
            : null;

    private Place Add(List<SqlStatement> statements, OutgoingMessage message, DateTimeOffset now)
    {
        var messageId = ids.NewMessageId();
        var options = message.Options;
        var key = options?.IdempotencyKey;
        var delay = options?.Delay ?? TimeSpan.Zero;
        var headers = options?.Headers is { Count: > 0 } given ? new Dictionary<string, string>(given) : null;
        var maxFailures = QueueName.IsOfRuntime(message.QueueName) ? (long?)null : settings.MaxRetries;
        var payload = settings.Codecs.Encode(message.Payload);
        var encodedHeaders = headers is null ? null : settings.Codecs.EncodeObject(JsonSerializer.Serialize(headers));
        var token = Claim(message, maxFailures); // behind everything that may throw: what is reserved belongs to a place
        int? takeKey = null;
        if (key is not null)
        {
            statements.Add(new(
                IdempotencySql.Release, ("queue_name", message.QueueName), ("key", key), ("now", now)));
            takeKey = statements.Count;
            statements.Add(new(
                IdempotencySql.Take,
                ("queue_name", message.QueueName),
                ("key", key),
                ("message_id", messageId),
                ("expires_at", MessageStore.RoundUp(now + settings.IdempotencyTtl))));
        }

        (string, SqlValue)[] arguments =
        [
            ("message_id", messageId),
            ("queue_name", message.QueueName),
            ("payload", (ReadOnlyMemory<byte>?)payload),
            ("headers", encodedHeaders),
            ("max_failures", maxFailures),
            ("due_at", delay == TimeSpan.Zero ? now : MessageStore.RoundUp(now + delay)),
            ("lease_ends_at", token is null ? (DateTimeOffset?)null : now + settings.Owner.Lease),
            ("lease_owner", token is null ? null : settings.Owner.WorkerId),
            ("lease_token", token),
            ("now", now),
        ];
        statements.Add(key is null
            ? new(MessageSql.Send, arguments) { ReturnsRowId = token is not null }
            : new(MessageSql.SendKeyed, [.. arguments, ("key", key)]));
        var claimed = token is null ? null : ToMessage(message, messageId, token, headers, maxFailures);
        return new Place(messageId, statements.Count - 1, takeKey, claimed);
    }

    private static PlainMessage ToMessage(
        OutgoingMessage message, string messageId, string token, Dictionary<string, string>? headers, long? maxFailures)
    {
        var claim = new ClaimedMessage
        {
            MessageKey = 0, // known when it is stored
            MessageId = messageId,
            RunKey = 0,
            LeaseToken = token,
            Wakes = 0,
            Attempt = 1,
            Failures = 0,
        };
        return new PlainMessage(claim, new QueueMessage
        {
            MessageId = messageId,
            QueueName = message.QueueName,
            Payload = message.Payload.ToArray(), // the sender may use its buffer again
            Headers = headers ?? MessageStore.ReadHeaders(null),
            Attempt = 1,
        }, maxFailures);
    }

    private static void Check(OutgoingMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        QueueName.Check(message.QueueName, nameof(message));
        if (message.Options is not { } options)
        {
            return;
        }

        if (options.Delay < TimeSpan.Zero || options.Delay > QueueOptions.MaxDelay)
        {
            throw new ArgumentOutOfRangeException(nameof(message), options.Delay, "A delay is between 0 and 365 days.");
        }

        if (options.IdempotencyKey is { } key
            && (key.Length is 0 or > LongestKey || WellFormed.FindHalfCharacter(key) is not null))
        {
            throw new ArgumentException(
                $"An idempotency key has 1 to {LongestKey} characters, and no half of one.", nameof(message));
        }

        foreach (var (name, value) in options.Headers ?? MessageStore.ReadHeaders(null))
        {
            if (name.Length == 0 || name.AsSpan().IndexOfAnyExcept(Token) >= 0 || value is null || value.Any(char.IsControl))
            {
                throw new ArgumentException(
                    $"Header '{name}' cannot be sent: a name has the characters of an HTTP header name, and a value no control "
                    + "characters.",
                    nameof(message));
            }
        }
    }

    /// <summary>Where a message is in the unit.</summary>
    /// <param name="MessageId">Its id, if it is stored.</param>
    /// <param name="Stored">The statement that returns its key; of a message that is not ours, the last one.</param>
    /// <param name="TakeKey">The statement that returns which message has its idempotency key.</param>
    /// <param name="Claimed">What is handed over after the commit; null when it is not claimed.</param>
    private sealed record Place(string MessageId, int Stored, int? TakeKey, PlainMessage? Claimed)
    {
        public bool IsHandedOver { get; private set; }

        public void HandOver(MessageDispatcher dispatcher, long messageKey)
        {
            IsHandedOver = true;
            dispatcher.Take(Claimed! with { Claim = Claimed.Claim with { MessageKey = messageKey } }); // only what is claimed
        }
    }
}
