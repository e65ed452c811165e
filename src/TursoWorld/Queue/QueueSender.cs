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
internal sealed record SendSettings(ClaimOwner Owner, TimeSpan IdempotencyTtl, int MaxRetries, int MaxPayloadBytes, PayloadCodecs Codecs);

/// <summary>Stores plain messages, claimed already when somebody here has a slot for them.</summary>
internal sealed class QueueSender(
    ISqlDatabase database, UnitRetry retry, MessageDispatcher dispatcher, HandlerTable handlers, SendSettings settings,
    WakeHub hub, IdGenerator ids, TimeProvider timeProvider, WorldDiagnostics diagnostics)
{
    private const int KeysSwept = 10;
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // A message that is stored as ours had no claim before, so one token serves all of them. It lets what has become of them be
    // written together.
    private readonly string _token = ids.NewLeaseToken();

    /// <summary>Stores one.</summary>
    /// <returns>Its id; if its idempotency key is held, the id of the message that holds it.</returns>
    public Task<string> SendAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        SendAsync([message], static places => places[0].HolderId, cancellationToken);

    /// <summary>Stores all of them or none.</summary>
    /// <returns>Their ids; for one whose idempotency key is held, the id of the message that holds it.</returns>
    public Task<IReadOnlyList<string>> SendAsync(IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken) =>
        SendAsync<IReadOnlyList<string>>(messages, static places => places.ConvertAll(place => place.HolderId), cancellationToken);

    /// <remarks>
    /// Thousands may wait here at once, and the garbage collector moves whatever they hold: one call is one task.
    /// </remarks>
    private async Task<T> SendAsync<T>(
        IReadOnlyList<OutgoingMessage> messages, Func<List<Place>, T> answer, CancellationToken cancellationToken)
    {
        var places = new List<Place>(messages.Count);
        try
        {
            if (ToUnit(messages, places) is { } unit)
            {
                var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
                HandOver(places, result.ThrowUnlessCommitted().Rows);
            }

            return answer(places);
        }
        catch (StorageException exception) when (exception.Code == ErrorCodes.OutcomeUnknown)
        {
            await TakeUpAsync(places.FindAll(place => place.IsOurs)).ConfigureAwait(false);
            throw;
        }
        finally
        {
            // Those whose keys are held, or which are not stored.
            dispatcher.Unreserve(places.Count(place => place is { IsOurs: true, IsHandedOver: false }));
        }
    }

    /// <returns>What stores them; null for none.</returns>
    private Unit? ToUnit(IReadOnlyList<OutgoingMessage> messages, List<Place> places)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            Check(messages[i]);
        }

        var now = timeProvider.GetUtcNow();
        var statements = new List<SqlStatement>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            places.Add(Add(statements, messages[i], now));
        }

        if (places.Exists(place => place.TakeKey is not null))
        {
            statements.AddRange(QueuePurge.Sweep(now, KeysSwept));
        }

        return statements.Count == 0 ? null : new Unit(statements);
    }

    private void HandOver(List<Place> places, IReadOnlyList<IReadOnlyList<SqlRow>> rows)
    {
        var isForOthers = false;
        foreach (var place in places)
        {
            isForOthers |= !place.IsOurs;
            if (place.IsOurs && rows[place.Stored] is [var stored])
            {
                HandOver(place, stored.Integer(0));
            }

            if (place.TakeKey is { } take)
            {
                place.HolderId = rows[take][0].Text(0);
            }
        }

        if (isForOthers)
        {
            hub.SignalQueueChanged();
        }
    }

    private void HandOver(Place place, long messageKey)
    {
        place.IsHandedOver = true;
        dispatcher.Take(ToMessage(place, messageKey));
    }

    /// <summary>
    /// What is stored as ours must not wait for a lease that nobody renews. The sender is told the truth all the same: a
    /// unit that was not applied when it heard so may still be, after a crash.
    /// </summary>
    private async Task TakeUpAsync(List<Place> ours)
    {
        if (ours.Count == 0)
        {
            return;
        }

        var leaseEndsAt = timeProvider.GetUtcNow() + settings.Owner.Lease;
        var places = ours.ToDictionary(place => place.MessageId);
        var unit = new Unit(new SqlStatement(
            MessageSql.TakeUp,
            ("message_ids", JsonSerializer.Serialize(places.Keys)),
            ("lease_owner", settings.Owner.WorkerId),
            ("lease_token", _token),
            ("lease_ends_at", leaseEndsAt)));
        try
        {
            var written = await retry.WriteAsync(unit, "queue.take_up", CancellationToken.None).ConfigureAwait(false);
            foreach (var stored in written.Rows[0])
            {
                HandOver(places[stored.Text(0)], stored.Integer(1));
            }
        }
        catch (Exception exception) when (exception is StorageException or ObjectDisposedException)
        {
            diagnostics.LoopFailed("queue.take_up", exception); // the sender hears of the first error
        }
    }

    /// <summary>The room first, then the claim: what is stored as ours begins right after the commit.</summary>
    private bool TryClaim(OutgoingMessage message, out bool isAhead)
    {
        isAhead = false;
        return (message.Options?.Delay ?? TimeSpan.Zero) == TimeSpan.Zero
            && handlers.Has(message.QueueName) && dispatcher.TryReserve(out isAhead);
    }

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
        var isOurs = TryClaim(message, out var isAhead); // behind everything that may throw: what is reserved belongs to a place
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
            ("due_at", MessageStore.DueAt(now, delay)),
            ("lease_ends_at", isOurs ? now + settings.Owner.Lease : (DateTimeOffset?)null),
            ("lease_owner", isOurs ? settings.Owner.WorkerId : null),
            ("lease_token", isOurs ? _token : null),
            ("claimed_ahead", isAhead ? 1 : 0),
            ("now", now),
        ];
        statements.Add(key is null
            ? new(MessageSql.Send, arguments) { ReturnsRowId = isOurs }
            : new(MessageSql.SendKeyed, [.. arguments, ("key", key)]));
        return new Place(messageId, statements.Count - 1, takeKey, isOurs, message, headers, maxFailures) { IsAhead = isAhead };
    }

    private PlainMessage ToMessage(Place place, long messageKey) => new(
        new ClaimedMessage
        {
            MessageKey = messageKey,
            MessageId = place.MessageId,
            RunKey = 0,
            LeaseToken = _token,
            Wakes = 0,
            Attempt = 1,
            Failures = 0,
            IsAhead = place.IsAhead,
        },
        new QueueMessage
        {
            MessageId = place.MessageId,
            QueueName = place.Message.QueueName,
            Payload = place.Message.Payload.ToArray(), // the sender may use its buffer again
            Headers = place.Headers ?? MessageStore.ReadHeaders(null),
            Attempt = 1,
        },
        place.MaxFailures);

    private void Check(OutgoingMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        QueueName.Check(message.QueueName, nameof(message));
        if (message.Payload.Length > settings.MaxPayloadBytes)
        {
            throw new PayloadTooLargeException(
                $"The payload of a message to queue '{message.QueueName}'", message.Payload.Length, settings.MaxPayloadBytes);
        }

        if (message.Options is not { } options)
        {
            return;
        }

        if (options.IdempotencyKey is { } key && WellFormed.FindHalfCharacter(key) is not null)
        {
            throw new ArgumentException("An idempotency key has no half of a character.", nameof(message));
        }

        foreach (var (name, value) in options.Headers ?? MessageStore.ReadHeaders(null))
        {
            if (name.Length == 0 || name.AsSpan().IndexOfAnyExcept(Token) >= 0
                || value is null || value.Any(char.IsControl) || WellFormed.FindHalfCharacter(value) is not null)
            {
                throw new ArgumentException(
                    $"Header '{name}' cannot be sent: a name has the characters of an HTTP header name, and a value no control "
                    + "characters, and no half of one.",
                    nameof(message));
            }
        }
    }

    /// <summary>Where a message is in the unit.</summary>
    /// <param name="MessageId">Its id, if it is stored.</param>
    /// <param name="Stored">The statement that returns its key; of a message that is not ours, the last one.</param>
    /// <param name="TakeKey">The statement that returns which message has its idempotency key.</param>
    /// <param name="IsOurs">Whether it is stored as claimed by this process, in a room that was reserved for it.</param>
    /// <param name="Message">What is sent.</param>
    /// <param name="Headers">Its headers as they are now; null when there are none.</param>
    /// <param name="MaxFailures">Failures at which it is dead; null for never.</param>
    private sealed record Place(
        string MessageId, int Stored, int? TakeKey, bool IsOurs, OutgoingMessage Message, Dictionary<string, string>? Headers,
        long? MaxFailures)
    {
        public bool IsHandedOver { get; set; }

        /// <summary>Whether it was stored as claimed before there was a slot for it.</summary>
        public bool IsAhead { get; init; }

        /// <summary>The message that has its idempotency key, which may be another one.</summary>
        public string HolderId { get; set; } = MessageId;
    }
}
