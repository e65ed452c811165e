using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>What the outside sees of the logs: reads go to the table, writes are units.</summary>
internal sealed class EventLog(EventStore events, EventCommands commands) : IEventStore
{
    public Task<EventResult> CreateAsync(
        string? runId, WorkflowEventData data, CreateEventOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        return commands.CreateAsync(runId, data, options ?? new CreateEventOptions(), cancellationToken);
    }

    public Task<WorkflowEvent> GetAsync(
        string runId, string eventId, ResolveData data, CancellationToken cancellationToken) =>
        events.GetAsync(runId, eventId, data, cancellationToken);

    public Task<Page<WorkflowEvent>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken) =>
        events.ListAsync(runId, page, cancellationToken);

    public Task<Page<CorrelatedEvent>> ListByCorrelationIdAsync(
        string correlationId, PageRequest? page, CancellationToken cancellationToken) =>
        events.ListCorrelatedAsync(correlationId, page, cancellationToken);
}
