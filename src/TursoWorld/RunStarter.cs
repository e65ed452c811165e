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
        if (options?.RunId is { } chosen && !IdGenerator.IsRunId(chosen))
        {
            throw new ArgumentException($"'{chosen}' is no run id: it must be 'wrun_' and a ULID.", nameof(options));
        }

        Durations.RequireRunRetention(options?.Retention, nameof(options));

        var attributes = options?.Attributes.ToDictionary() ?? []; // what is stored must be what was checked
        AttributeRules.CheckAll(attributes!); // null would remove one, and there is none
        var payload = payloads.Serialize(input, workflow.InputType, $"The input of workflow '{workflow.Name}'");
        var runId = options?.RunId ?? ids.NewRunId();

        // The slot first, then the claim: what is stored as ours begins right after the commit.
        var claim = isExecuting && handler.IsRegistered(workflow.Key) && handler.Reserve(1) == 1;
        StartedRun? started;
        try
        {
            var run = new NewRun(runId, workflow.Key, payload, attributes, options?.Retention);
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

        return runId;
    }
}
