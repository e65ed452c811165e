using TursoWorld.Abstractions;
using TursoWorld.Queue;

namespace TursoWorld;

/// <summary>What of a world has to do with plain queues, wired.</summary>
internal sealed class WorldQueues : IDisposable
{
    private readonly HttpDelivery? _service;
    private readonly HandlerTable _handlers;
    private readonly DeliveryRecorder _recorder;
    private readonly MessageDispatcher _dispatcher;
    private readonly MessagePoller _poller;
    private readonly QueueSender _sender;
    private readonly WakeHub _hub;

    public WorldQueues(WorldSettings settings, SharedDatabase shared, PayloadCodecs codecs, PollerRoom room, Random random)
    {
        var options = settings.Options;
        var clock = shared.Clock;
        var (database, hub, diagnostics) = (shared.Database, shared.Hub, shared.Diagnostics);
        var owner = new ClaimOwner(shared.WorkerId, options.Lease);
        var messages = new MessageStore(database, codecs, shared.Ids, clock);
        _hub = hub;
        _service = settings.BaseUrl is { } url ? new HttpDelivery(url, clock, random) : null;
        _handlers = new HandlerTable(_service, clock);
        var retry = new UnitRetry(database, clock, diagnostics);
        _recorder = new DeliveryRecorder(messages, retry, hub, random, diagnostics);
        var ahead = new ClaimedAhead(settings.Concurrency, () => database.IsShared, clock);
        _dispatcher = new MessageDispatcher(_handlers, _recorder, room, ahead, clock, diagnostics);
        _poller = new MessagePoller(messages, _dispatcher, _handlers, owner, room.Suspects, hub, clock, diagnostics);
        var sending = new SendSettings(owner, options.IdempotencyTtl, options.MaxRetries, options.MaxPayloadBytes, codecs);
        _sender = new QueueSender(database, retry, _dispatcher, _handlers, sending, hub, shared.Ids, clock, diagnostics);
        Queues = new Queues(database, messages, hub, clock, diagnostics);
    }

    public IQueues Queues { get; }

    /// <summary>What handlers have at the moment.</summary>
    public ILeaseHolder Leases => _dispatcher;

    /// <summary>Whether messages of a queue have a receiver here.</summary>
    public bool HasHandler(string queueName) => _handlers.Has(queueName);

    public void Start()
    {
        _dispatcher.Start();
        _poller.Start();
    }

    public Task<string> SendAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        _sender.SendAsync(message, cancellationToken);

    public Task<IReadOnlyList<string>> SendAsync(
        IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken) => _sender.SendAsync(messages, cancellationToken);

    /// <exception cref="ConflictException">That prefix has a handler.</exception>
    /// <exception cref="ArgumentException">No queue name can begin with the prefix.</exception>
    public IDisposable Add(string prefix, Func<QueueMessage, CancellationToken, Task<QueueResult>> handler, QueueHandlerOptions? options)
    {
        QueueName.Check(prefix, nameof(prefix));
        var registration = _handlers.Add(prefix, DeliverAsync, options?.Timeout);
        _hub.SignalQueueChanged();
        return registration;

        async Task<DeliveryOutcome> DeliverAsync(QueueMessage message, CancellationToken cancellationToken)
        {
            var result = await handler(message, cancellationToken).ConfigureAwait(false);
            return result.RedeliverAfter is { } delay ? new DeliveryOutcome.Again(delay) : new DeliveryOutcome.Done();
        }
    }

    /// <summary>Takes nothing new.</summary>
    public ValueTask StopPollingAsync() => _poller.DisposeAsync();

    /// <summary>Lets handlers finish until nobody has the patience any more, then cuts them short.</summary>
    public Task StopAsync(Task patience) => _dispatcher.StopAsync(patience);

    public void Dispose()
    {
        _dispatcher.Dispose();
        _recorder.Dispose();
        _service?.Dispose();
    }
}
