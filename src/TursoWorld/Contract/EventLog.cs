using TursoWorld.Log;
using TursoWorld.Storage;
using TursoWorld.Turns;

namespace TursoWorld.Contract;

/// <summary>What the outside sees of the logs: reads go to the table, writes are units.</summary>
internal sealed class EventLog(EventStore events, EventCommands commands, Cascade cascade) : IEventStore
{
    public async Task<EventResult> CreateAsync(
        string? runId, WorkflowEventData data, CreateEventOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        var done = await commands.CreateAsync(runId, data, options ?? new CreateEventOptions(), cancellationToken).ConfigureAwait(false);
        if (data is WorkflowEventData.RunCancelled)
        {
            await cascade.WaitAsync(cancellationToken).ConfigureAwait(false); // a run is cancelled when its children are
        }

        return done;
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
