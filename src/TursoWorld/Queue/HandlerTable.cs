namespace TursoWorld.Queue;

/// <summary>Delivers one message.</summary>
internal delegate Task<DeliveryOutcome> MessageDelivery(QueueMessage message, CancellationToken cancellationToken);

/// <summary>Who gets which messages: the longest prefix of a queue's name wins, and the service comes last.</summary>
internal sealed class HandlerTable(HttpDelivery? service)
{
    private const string ServicePrefix = "__";

    private readonly Lock _changing = new();

    // Replaced as a whole by those who change it, so that a message can be matched without a lock. The longest prefix first.
    private volatile Entry[] _entries = [];

    /// <summary>Prefixes that together cover every queue with a receiver here; none of them begins with another.</summary>
    public IReadOnlyList<string> Roots
    {
        get
        {
            var all = _entries.Select(entry => entry.Prefix).ToList();
            if (service is not null)
            {
                all.Add(ServicePrefix);
            }

            return all.Distinct().Where(prefix => !all.Any(other =>
                other.Length < prefix.Length && prefix.StartsWith(other, StringComparison.Ordinal))).ToList();
        }
    }

    /// <exception cref="ConflictException">The prefix has a handler.</exception>
    public IDisposable Add(string prefix, MessageDelivery handler)
    {
        lock (_changing)
        {
            if (Array.Exists(_entries, entry => entry.Prefix == prefix))
            {
                throw ConflictException.QueueHandler(prefix);
            }

            _entries = [.. _entries.Append(new Entry(prefix, handler)).OrderByDescending(entry => entry.Prefix.Length)];
        }

        return new Registration(this, prefix);
    }

    public MessageDelivery? Find(string queueName)
    {
        foreach (var entry in _entries)
        {
            if (queueName.StartsWith(entry.Prefix, StringComparison.Ordinal))
            {
                return entry.Handler;
            }
        }

        return service is not null && QueueName.EndpointOf(queueName) is not null ? service.DeliverAsync : null;
    }

    /// <summary>Lets its handler have a message. Whatever the handler does is an outcome.</summary>
    public async Task<DeliveryOutcome> DeliverAsync(Delivery delivery)
    {
        var (message, cancellationToken) = (delivery.Message, delivery.Cancellation);
        if (Find(message.QueueName) is not { } handler)
        {
            return new DeliveryOutcome.GivenBack();
        }

        if (delivery.Unreadable is { } unreadable)
        {
            return new DeliveryOutcome.Failed(unreadable); // one message must not stop those that were claimed with it
        }

        try
        {
            return await handler(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return new DeliveryOutcome.GivenBack(); // however the handler words it: it was cut short
        }
        catch (Exception exception)
        {
            return new DeliveryOutcome.Failed(exception);
        }
    }

    private void Remove(string prefix)
    {
        lock (_changing)
        {
            _entries = Array.FindAll(_entries, entry => entry.Prefix != prefix);
        }
    }

    private sealed record Entry(string Prefix, MessageDelivery Handler);

    private sealed class Registration(HandlerTable table, string prefix) : IDisposable
    {
        private HandlerTable? _table = table;

        public void Dispose() => Interlocked.Exchange(ref _table, null)?.Remove(prefix);
    }
}
