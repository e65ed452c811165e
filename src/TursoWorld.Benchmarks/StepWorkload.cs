namespace TursoWorld.Benchmarks;

/// <summary>Runs that only take steps, one after the other; what is left is the price of the engine.</summary>
internal static class StepWorkload
{
    /// <summary>Takes as many steps as its input says.</summary>
    public static readonly WorkflowDefinition<int, int> Workflow = TursoWorld.Workflow.Define<int, int>(
        "steps",
        async (flow, steps) =>
        {
            await TakeStepsAsync(flow, steps);
            return steps;
        });

    /// <summary>100 bytes once it is JSON: 98 characters and two quotes.</summary>
    public static readonly string Result = new('x', 98);

    /// <summary>Takes steps, one after the other.</summary>
    public static async Task TakeStepsAsync(WorkflowContext flow, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            await flow.StepAsync("step", _ => Task.FromResult(Result));
        }
    }

    public static async Task RunOneAsync(World world, int steps, CancellationToken cancellationToken)
    {
        var run = await world.StartRunAsync(Workflow, steps, options: null, cancellationToken);
        await run.ResultAsync(cancellationToken);
    }

    /// <summary>Starts all runs at once and waits for all results.</summary>
    public static Task RunManyAsync(World world, int runs, int stepsEach, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, runs).Select(_ => RunOneAsync(world, stepsEach, cancellationToken)));
}
