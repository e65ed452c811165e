namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>Many workflows at once: what grouping commits is worth.</summary>
internal sealed class P2ManyWorkflows : IScenario
{
    private const int StepsEach = 10;

    public string Id => "P2";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var burst = new Burst(bench.Choose(full: 1_000, quick: 200), StepsEach);
        var runsPerSecond = await bench.RepeatAsync(database => burst.RunsPerSecondAsync(bench, database, cancellationToken));
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"{burst.Runs:N0} workflows at once x {StepsEach} steps",
                Unit = "steps/s",
                Values = [.. runsPerSecond.Select(value => value * StepsEach)],
                Raw = RawLimit.R1000,
                Bar = Bar.AtLeast(0.18, aim: 0.25),
            },
        ];
    }
}
