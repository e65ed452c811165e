using System.Text;

namespace TursoWorld.Tests.Contract;

/// <summary>Drives runs as a foreign runtime does.</summary>
internal static class ForeignRun
{
    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static async Task<string> CreatedAsync(this World world, string? runId = null, int specVersion = 5) =>
        (await world.Events.CreateAsync(
            runId,
            new WorkflowEventData.RunCreated("workflow//./jobs//job", Bytes("devl[1]"))
            {
                DeploymentId = "dpl_1",
                SpecVersion = specVersion,
            })).Run!.RunId;

    public static async Task<string> RunningAsync(this World world)
    {
        var runId = await world.CreatedAsync();
        await world.Events.CreateAsync(runId, new WorkflowEventData.RunStarted());
        return runId;
    }

    public static async Task<string> WithStepAsync(this World world, string stepId)
    {
        var runId = await world.RunningAsync();
        await world.Events.CreateAsync(runId, new WorkflowEventData.StepCreated(stepId, "step//./jobs//charge", Bytes("input")));
        return runId;
    }

    public static Task<EventResult> AddAsync(this World world, string runId, WorkflowEventData data) =>
        world.Events.CreateAsync(runId, data);

    /// <summary>How an event is answered: nothing when it is taken, else status and code.</summary>
    public static async Task<string> CodeAsync(World world, string? runId, WorkflowEventData data, CreateEventOptions? options = null)
    {
        try
        {
            await world.Events.CreateAsync(runId, data, options);
            return "";
        }
        catch (WorldException exception)
        {
            return $"{exception.HttpStatus} {exception.Code}";
        }
    }
}
