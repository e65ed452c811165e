using TursoWorld.Benchmarks.Scenarios;

namespace TursoWorld.Benchmarks;

/// <summary>Measures raw, scenario, raw, scenario, …, raw: each scenario is judged by the two raw neighbours.</summary>
internal sealed class BenchmarkRun(BenchmarkOptions options)
{
    public async Task<int> RunAsync()
    {
        using var bench = Workbench.Create(options.Directory, options.Quick, options.Sqld);
        var probe = new RawProbe(bench);
        var hardware = Hardware.Read(bench);
        Console.WriteLine(hardware.ToLine());
        probe.WarmUp();

        var report = new Report(hardware, options.Quick);
        report.AddRaw("start", probe.Measure());
        foreach (var scenario in Chosen())
        {
            Console.Error.WriteLine($"{scenario.Id}: {scenario.GetType().Name} …");
            await MeasureAsync(scenario, bench, probe, report);
        }

        Console.WriteLine(report.ToTable());
        if (options.JsonFile is { } file)
        {
            await File.WriteAllTextAsync(file, report.ToJson());
        }

        return report.HasFailures ? 1 : 0;
    }

    private IEnumerable<IScenario> Chosen() =>
        ScenarioList.All.Where(scenario => options.Only.Count == 0
            ? !scenario.NeedsServer || options.Sqld is not null
            : options.Only.Contains(scenario.Id));

    private static async Task MeasureAsync(IScenario scenario, Workbench bench, RawProbe probe, Report report)
    {
        using var limit = new CancellationTokenSource(scenario.Limit, TimeProvider.System);
        try
        {
            var measurements = await scenario.RunAsync(bench, limit.Token).WaitAsync(limit.Token);
            var before = report.LatestRaw;
            report.AddRaw(scenario.GetType().Name, probe.Measure());
            report.Add(measurements, before, report.LatestRaw);
        }
        catch (Exception exception)
        {
            // The other scenarios still have something to say.
            report.AddFailure(scenario.Id, exception);
            Console.Error.WriteLine(exception);
        }
    }
}
