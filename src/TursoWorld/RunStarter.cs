using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Runtime;
using TursoWorld.Turns;

namespace TursoWorld;

/// <summary>Stores runs, and begins at once with those for which there is room here.</summary>
internal sealed class RunStarter(RunCommands commands, WorkflowHandler handler, JsonPayloads payloads, IdGenerator ids)
{
    /// <returns>The id of the run.</returns>
    public async Task<string> StartAsync(
        WorkflowDefinition workflow, object? input, StartRunOptions? options, bool isExecuting, CancellationToken cancellationToken)
    {
        var attributes = options?.Attributes.ToDictionary() ?? []; // what is stored must be what was checked
        AttributeRules.CheckAll(attributes!); // null would remove one, and there is none
        var payload = payloads.Serialize(input, workflow.InputType, $"The input of workflow '{workflow.Name}'");
        var runId = options?.RunId ?? ids.NewRunId();
        var run = new NewRun(runId, workflow.Key, payload, attributes, options?.Retention)
        {
            Key = options?.Key is { } text ? new RunKey(text, options.KeyRetention) : null,
        };
        if (await FindAsync(run, cancellationToken).ConfigureAwait(false) is { } held)
        {
            return held;
        }

        try
        {
            await StoreAsync(run, isExecuting, cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException) when (run.Key is not null)
        {
            // Somebody else was first, with the key or with the id.
            if (await FindAsync(run, cancellationToken).ConfigureAwait(false) is { } theirs)
            {
                return theirs;
            }

            throw;
        }

        return runId;
    }

    private async Task<string?> FindAsync(NewRun run, CancellationToken cancellationToken) => run.Key is not { } key
        ? null
        : await commands.FindByKeyAsync(run.Workflow.Name, key.Text, run.Input, cancellationToken).ConfigureAwait(false);

    private async Task StoreAsync(NewRun run, bool isExecuting, CancellationToken cancellationToken)
    {
        // The slot first, then the claim: what is stored as ours begins right after the commit.
        var claim = isExecuting && handler.IsRegistered(run.Workflow) && handler.Reserve(1) == 1;
        StartedRun? started;
        try
        {
            started = await commands.StartAsync(run, claim, cancellationToken).ConfigureAwait(false);
        }
        catch when (claim)
        {
            handler.Unreserve(1);
            throw;
        }

        if (started is not null)
        {
            handler.Begin(started);
        }
    }
}
