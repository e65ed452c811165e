namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>What a run holds in memory that waits for a hook: kept there, and beyond the number that is kept there.</summary>
internal sealed class P11Memory : IScenario
{
    /// <summary>Runs that are kept in memory when only the others count.</summary>
    private const int Kept = 10;

    public string Id => "P11";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var runs = bench.Choose(full: 10_000, quick: 1_000);
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"a run waiting in memory, of {runs:N0}",
                Unit = "bytes",
                Values = await bench.RepeatAsync(database => MeasureAsync(database, runs, 2 * runs, cancellationToken)),
                Bar = Bar.AtMost(8 * 1024),
            },
            new Measurement
            {
                Id = Id,
                What = $"a run parked beyond MaxLiveRuns, of {runs:N0}",
                Unit = "bytes",
                Values = await bench.RepeatAsync(database => MeasureAsync(database, runs, Kept, cancellationToken)),
                Bar = Bar.AtMost(0),
                Note = $"{Kept} runs are kept in memory.",
            },
        ];
    }

    private static async Task<double> MeasureAsync(
        string database, int runs, int maxLiveRuns, CancellationToken cancellationToken)
    {
        var workflow = Workflow.Define<int, int>("waiting", async (flow, number) =>
        {
            var text = await flow.StepAsync("step", _ => Task.FromResult(StepWorkload.Result));
            return text.Length + await flow.HookAsync<int>(HookWorkload.Token(number));
        });
        await using var world = WorldFactory.CreateWorld(new WorldOptions
        {
            DatabaseUrl = "file:" + database,
            MaxLiveRuns = maxLiveRuns,
        });
        world.Register(workflow);
        await world.StartAsync(cancellationToken);

        // As many as are kept, and the pools that grow with their number, are there before anything is counted.
        await WaitAsync(world, workflow, first: 0, count: runs, cancellationToken);
        await EndAsync(world, runs, cancellationToken);
        await WaitAsync(world, workflow, first: 0, count: Kept, cancellationToken);
        var before = Occupied();
        await WaitAsync(world, workflow, first: Kept, count: runs, cancellationToken);
        return Math.Max(0, Math.Round((Occupied() - before) / (double)runs));
    }

    /// <summary>Starts runs, a few at once, and returns when each waits for its hook.</summary>
    private static async Task WaitAsync(
        World world, WorkflowDefinition<int, int> workflow, int first, int count, CancellationToken cancellationToken)
    {
        foreach (var numbers in Enumerable.Range(first, count).Chunk(500))
        {
            await Task.WhenAll(numbers.Select(number => world.StartRunAsync(workflow, number, options: null, cancellationToken)));
            foreach (var number in numbers)
            {
                await HookRuns.WaitForHookAsync(world, HookWorkload.Token(number), cancellationToken);
            }
        }
    }

    private static async Task EndAsync(World world, int runs, CancellationToken cancellationToken)
    {
        for (var number = 0; number < runs; number++)
        {
            await world.ResumeHookAsync(HookWorkload.Token(number), number, cancellationToken);
        }

        while ((await world.Runs.ListAsync(new RunQuery { Status = RunStatus.Running }, cancellationToken: cancellationToken)).Items.Count > 0)
        {
            await HookRuns.RestAsync(cancellationToken);
        }
    }

    private static long Occupied()
    {
        long occupied = 0;
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            occupied = GC.GetTotalMemory(forceFullCollection: true);
        }

        return occupied;
    }
}
