using System.Buffers;
using System.Text.Json;
using TursoWorld.Abstractions;
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
    ISqlDatabase database, MessageDispatcher dispatcher, HandlerTable handlers, SendSettings settings, WakeHub hub,
    IdGenerator ids, TimeProvider timeProvider)
{
    private const int LongestKey = 512;
    private static readonly TimeSpan SweepPause = TimeSpan.FromMinutes(1);
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

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

        var token = ids.NewLeaseToken();
        var now = timeProvider.GetUtcNow();
        var statements = new List<SqlStatement>();
        var places = new List<Place>();
        var unused = 0;
        try
        {
            foreach (var message in messages)
            {
                var isOurs = IsForUs(message) && dispatcher.Reserve(1) == 1;
                unused += isOurs ? 1 : 0;
                places.Add(Add(statements, message, isOurs ? token : null, now));
            }

            if (messages.Any(message => message.Options?.IdempotencyKey is not null))
            {
                statements.Add(new(IdempotencySql.Sweep, ("now", now)));
                statements.Add(new(IdempotencySql.Postpone, ("now", now), ("sweep_at", now + SweepPause)));
            }

            var result = await database.WriteAsync(new Unit(statements), cancellationToken).ConfigureAwait(false);
            var rows = result.ThrowUnlessCommitted().Rows;
            var sent = new List<string>();
            for (var i = 0; i < messages.Count; i++)
            {
                var place = places[i];
                var stored = rows[place.Insert];
                sent.Add(place.TakeKey is { } take ? rows[take][0].Text(0) : place.MessageId);
                if (stored.Count > 0 && place.IsOurs)
                {
                    unused--;
                    dispatcher.Take(ToMessage(messages[i], place.MessageId, stored[0].Integer(0), token));
                }
            }

            if (places.Any(place => !place.IsOurs))
            {
                hub.SignalQueueChanged();
            }

            return sent;
        }
        finally
        {
            if (unused > 0)
            {
                dispatcher.Unreserve(unused);
            }
        }
    }

    private bool IsForUs(OutgoingMessage message) =>
        (message.Options?.Delay ?? TimeSpan.Zero) == TimeSpan.Zero && handlers.Find(message.QueueName) is not null;

    private Place Add(List<SqlStatement> statements, OutgoingMessage message, string? token, DateTimeOffset now)
    {
        var messageId = ids.NewMessageId();
        var key = message.Options?.IdempotencyKey;
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

        var delay = message.Options?.Delay ?? TimeSpan.Zero;
        var headers = message.Options?.Headers is { Count: > 0 } given ? JsonSerializer.Serialize(given) : null;
        statements.Add(new(
            QueueSql.Send,
            ("message_id", messageId),
            ("queue_name", message.QueueName),
            ("payload", (ReadOnlyMemory<byte>?)settings.Codecs.Encode(message.Payload)),
            ("headers", settings.Codecs.EncodeObject(headers)),
            ("max_failures", QueueName.IsOfRuntime(message.QueueName) ? (long?)null : settings.MaxRetries),
            ("due_at", delay == TimeSpan.Zero ? now : MessageStore.RoundUp(now + delay)),
            ("lease_ends_at", token is null ? (DateTimeOffset?)null : now + settings.Owner.Lease),
            ("lease_owner", token is null ? null : settings.Owner.WorkerId),
            ("lease_token", token),
            ("now", now),
            ("key", key)));
        return new Place(messageId, statements.Count - 1, takeKey, token is not null);
    }

    private static PlainMessage ToMessage(OutgoingMessage message, string messageId, long messageKey, string token)
    {
        var claim = new ClaimedMessage
        {
            MessageKey = messageKey,
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
            Headers = new Dictionary<string, string>(message.Options?.Headers ?? MessageStore.ReadHeaders(null)),
            Attempt = 1,
        });
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

        if (options.IdempotencyKey is { Length: 0 or > LongestKey })
        {
            throw new ArgumentException($"An idempotency key has 1 to {LongestKey} characters.", nameof(message));
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
    private sealed record Place(string MessageId, int Insert, int? TakeKey, bool IsOurs);
}
