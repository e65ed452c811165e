namespace TursoWorld.Turns;

/// <summary>What is done to many runs, a page at a time.</summary>
internal sealed class BulkCommands(IRunStore runs, IEventStore events)
{
    private static readonly CreateEventOptions WithoutData = new() { ResolveData = ResolveData.None };
    private static readonly RunStatus[] Active = [RunStatus.Pending, RunStatus.Running, RunStatus.Paused];

    /// <returns>How many runs were cancelled.</returns>
    public async Task<int> CancelAsync(RunQuery query, string? reason, CancellationToken cancellationToken)
    {
        var wanted = query with { Statuses = [.. (query.Statuses ?? Active).Intersect(Active)] };
        var page = new PageRequest { Data = ResolveData.None };
        var count = 0;
        while (true)
        {
            var found = await runs.ListAsync(wanted, page, cancellationToken).ConfigureAwait(false);

            // All at once: they share commits.
            var cancelled = await Task.WhenAll(found.Items.Select(run => TryCancelAsync(run.RunId, reason, cancellationToken)))
                .ConfigureAwait(false);
            count += cancelled.Count(isCancelled => isCancelled);
            if (!found.HasMore)
            {
                return count;
            }

            page = page with { Cursor = found.Cursor };
        }
    }

    /// <returns>False when the run ended, or was deleted, in the meantime, or belongs to a runtime that is too new.</returns>
    private async Task<bool> TryCancelAsync(string runId, string? reason, CancellationToken cancellationToken)
    {
        try
        {
            await events.CreateAsync(runId, new WorkflowEventData.RunCancelled(reason), WithoutData, cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is ConflictException or NotFoundException or RunNotSupportedException)
        {
            return false;
        }
    }
}
