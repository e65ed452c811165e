using System.Diagnostics;
using TursoWorld.LibSql;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>
/// The engine on a libSQL server on this machine. What it is held against is a round trip: one conditional batch that appends one row
/// in a transaction, one after the other.
/// </summary>
internal sealed class P13Server : IScenario
{
    private const int Runs = 256;
    private const int StepsEach = 10;

    public string Id => "P13";

    public bool NeedsServer => true;

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var steps = bench.Choose(full: 1_000, quick: 200);
        var roundTrips = new List<double>();
        var sequential = await bench.RepeatOnServerAsync(async url =>
        {
            roundTrips.Add(await RoundTripsPerSecondAsync(bench, url, cancellationToken));
            return await P1SequentialSteps.MeasureAsync(bench, url, steps, cancellationToken);
        });
        var burst = new Burst(Runs, StepsEach);
        var runsPerSecond = await bench.RepeatOnServerAsync(url => burst.RunsPerSecondAsync(bench, url, cancellationToken));
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"libSQL server: one workflow, {steps:N0} sequential steps",
                Unit = "steps/s",
                Values = sequential,
                OwnRaw = new OwnRaw("one-batch round trips", roundTrips),
                Bar = Bar.AtLeast(0.8, aim: 0.8),
            },
            new Measurement
            {
                Id = Id,
                What = $"libSQL server: {Runs} workflows at once x {StepsEach} steps",
                Unit = "steps/s",
                Values = [.. runsPerSecond.Select(value => value * StepsEach)],
                Bar = Bar.AtLeast(3_000, aim: 3_000),
            },
        ];
    }

    private static async Task<double> RoundTripsPerSecondAsync(Workbench bench, string url, CancellationToken cancellationToken)
    {
        await using var connection = new LibSqlConnection($"Data Source={url}");
        await connection.OpenAsync(cancellationToken);
        await connection.ExecuteStepsAsync(
            [new LibSqlStep("CREATE TABLE raw (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)")], cancellationToken);
        LibSqlStep[] batch =
        [
            new LibSqlStep("BEGIN IMMEDIATE"),
            new LibSqlStep("INSERT INTO raw (payload) VALUES (@payload)")
            {
                Condition = LibSqlCondition.Succeeded(0),
                Arguments = [new LibSqlArgument("payload", new byte[200])],
            },
            new LibSqlStep("COMMIT") { Condition = LibSqlCondition.Succeeded(1) },
            new LibSqlStep("ROLLBACK") { Condition = LibSqlCondition.InTransaction },
        ];
        await bench.WarmUpAsync(() => connection.ExecuteStepsAsync(batch, cancellationToken));
        var duration = bench.Choose(full: TimeSpan.FromSeconds(2), quick: TimeSpan.FromSeconds(0.25));
        var startedAt = Stopwatch.GetTimestamp();
        var count = 0;
        for (; Stopwatch.GetElapsedTime(startedAt) < duration; count++)
        {
            var results = await connection.ExecuteStepsAsync(batch, cancellationToken);
            if (!results[2].Succeeded)
            {
                throw new InvalidOperationException("A batch was not committed.", results[0].Error ?? results[1].Error ?? results[2].Error);
            }
        }

        return count / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }
}
