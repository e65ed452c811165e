namespace TursoWorld.Queue;

/// <summary>Delivers one message.</summary>
internal delegate Task<DeliveryOutcome> MessageDelivery(QueueMessage message, CancellationToken cancellationToken);

/// <summary>Who gets which messages: the longest prefix of a queue's name wins, and the service comes last.</summary>
/// <param name="service">Gets the messages of a runtime on top that nobody else gets; null for nobody.</param>
/// <param name="timeProvider">Measures the limits of handlers.</param>
internal sealed class HandlerTable(HttpDelivery? service, TimeProvider timeProvider)
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
    public IDisposable Add(string prefix, MessageDelivery handler, TimeSpan? limit = null)
    {
        lock (_changing)
        {
            if (Array.Exists(_entries, entry => entry.Prefix == prefix))
            {
                throw ConflictException.QueueHandler(prefix);
            }

            _entries = [.. _entries.Append(new Entry(prefix, handler, limit)).OrderByDescending(entry => entry.Prefix.Length)];
        }

        return new Registration(this, prefix);
    }

    /// <summary>Whether a queue has a receiver here.</summary>
    public bool Has(string queueName) => Find(queueName) is not null;

    /// <summary>Lets its handler have a message. Whatever the handler does is an outcome.</summary>
    public async Task<DeliveryOutcome> DeliverAsync(Delivery delivery)
    {
        if (Find(delivery.Message.QueueName) is not { } entry)
        {
            return new DeliveryOutcome.GivenBack();
        }

        if (delivery.Unreadable is { } unreadable)
        {
            return new DeliveryOutcome.Failed(unreadable); // one message must not stop those that were claimed with it
        }

        return entry.Limit is { } limit
            ? await DeliverWithinAsync(limit, entry, delivery).ConfigureAwait(false)
            : await DeliverAsync(entry, delivery).ConfigureAwait(false);
    }

    private Entry? Find(string queueName)
    {
        foreach (var entry in _entries)
        {
            if (queueName.StartsWith(entry.Prefix, StringComparison.Ordinal))
            {
                return entry;
            }
        }

        return service is not null && QueueName.EndpointOf(queueName) is not null ? new Entry(ServicePrefix, service.DeliverAsync, Limit: null) : null;
    }

    private static async Task<DeliveryOutcome> DeliverAsync(Entry entry, Delivery delivery)
    {
        var cancellationToken = delivery.Cancellation;
        try
        {
            return await entry.Handler(delivery.Message, cancellationToken).ConfigureAwait(false);
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

    /// <summary>The delivery ends in time. A handler that does not listen goes on, and holds nothing but its slot.</summary>
    private async Task<DeliveryOutcome> DeliverWithinAsync(TimeSpan limit, Entry entry, Delivery delivery)
    {
        using var ended = new CancellationTokenSource();
        var elapsed = Task.Delay(limit, timeProvider, ended.Token);
        var handling = Task.Run(() => DeliverAsync(entry, delivery), CancellationToken.None);
        await Task.WhenAny(handling, elapsed).ConfigureAwait(false);
        if (handling.IsCompleted)
        {
            await ended.CancelAsync().ConfigureAwait(false);
            return await handling.ConfigureAwait(false);
        }

        delivery.Leave(handling);
        return new DeliveryOutcome.Failed(new TimeoutException(
            $"The handler of queues '{entry.Prefix}…' has not ended within {limit}, its QueueHandlerOptions.Timeout."));
    }

    private void Remove(string prefix)
    {
        lock (_changing)
        {
            _entries = Array.FindAll(_entries, entry => entry.Prefix != prefix);
        }
    }

    private sealed record Entry(string Prefix, MessageDelivery Handler, TimeSpan? Limit);

    private sealed class Registration(HandlerTable table, string prefix) : IDisposable
    {
        private HandlerTable? _table = table;

        public void Dispose() => Interlocked.Exchange(ref _table, null)?.Remove(prefix);
    }
}
