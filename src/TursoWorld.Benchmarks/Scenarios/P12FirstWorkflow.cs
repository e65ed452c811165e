using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>From starting a process to the end of its first workflow, in a file that it has to create.</summary>
internal sealed class P12FirstWorkflow : IScenario
{
    public string Id => "P12";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var starts = bench.Choose(full: 7, quick: 3);
        var values = new List<double>();

        // The first start also reads the program from disk; it does not count.
        for (var start = 0; start <= starts; start++)
        {
            values.Add(await MeasureAsync(bench.NewDatabase(), cancellationToken));
        }

        return
        [
            new Measurement
            {
                Id = Id,
                What = $"process start to first workflow finished, new file: median of {starts}",
                Unit = "s",
                Values = values[1..],
                Bar = Bar.AtMost(0.4),
            },
        ];
    }

    private static async Task<double> MeasureAsync(string database, CancellationToken cancellationToken)
    {
        var startedAt = Stopwatch.GetTimestamp();
        using var child = await ChildProcess.StartAndWaitAsync([ChildProcess.First, database], cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        await child.WaitForExitAsync(cancellationToken);
        Workbench.Delete(database);
        return seconds;
    }
}
