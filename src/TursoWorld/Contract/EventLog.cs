using TursoWorld.Log;
using TursoWorld.Storage;
using TursoWorld.Turns;

namespace TursoWorld.Contract;

/// <summary>What the outside sees of the logs: reads go to the table, writes are units.</summary>
internal sealed class EventLog(EventStore events, RunStore runs, EventCommands commands, Cascade cascade) : IEventStore
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

    public async Task<WorkflowEvent> GetAsync(
        string runId, string eventId, ResolveData data, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var run = await runs.FindLoggedAsync(runId, cancellationToken).ConfigureAwait(false);
        return await events.GetAsync(runId, run, eventId, data, cancellationToken).ConfigureAwait(false);
    }

    public async Task<Page<WorkflowEvent>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var run = await runs.FindLoggedAsync(runId, cancellationToken).ConfigureAwait(false);
        return await events.ListAsync(run, page, cancellationToken).ConfigureAwait(false);
    }

    public Task<Page<CorrelatedEvent>> ListByCorrelationIdAsync(
        string correlationId, PageRequest? page, CancellationToken cancellationToken) =>
        events.ListCorrelatedAsync(correlationId, page, cancellationToken);
}
