namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>Many workflows of one step: the price of starting and ending a run.</summary>
internal sealed class P3ShortWorkflows : IScenario
{
    public string Id => "P3";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var burst = new Burst(bench.Choose(full: 10_000, quick: 1_000), StepsEach: 1);
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"{burst.Runs:N0} workflows at once x 1 step",
                Unit = "workflows/s",
                Values = await bench.RepeatAsync(database => burst.RunsPerSecondAsync(bench, database, cancellationToken)),
                Raw = RawLimit.R1000,
                Bar = Bar.AtLeast(0.06, aim: 0.1),
            },
        ];
    }
}
