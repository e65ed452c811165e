using System.Diagnostics;

namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>
/// A run with a long log is taken up by a world that was opened later: from resuming its hook to its next line it has to be
/// read from the file and replayed.
/// </summary>
internal sealed class P7Replay : IScenario
{
    private const int EventsPerStep = 2;

    /// <summary>The steps of a run are asked for so many at once, to be there sooner. Each waits for its own result.</summary>
    private const int Branches = 50;

    public string Id => "P7";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var shortLog = bench.Choose(full: 10_000, quick: 2_000);
        var longLog = 10 * shortLog;
        var ofLong = await MeasureAsync(bench, longLog, cancellationToken); // first: it warms up what both execute
        var ofShort = await MeasureAsync(bench, shortLog, cancellationToken);
        return
        [
            new Measurement
            {
                Id = Id,
                What = $"replay of {longLog:N0} events from the file",
                Unit = "events/s",
                Values = ofLong,
                Bar = Bar.AtLeast(200_000, aim: 400_000),
                Note = $"{Statistics.Median(ofShort):N0} events/s with {shortLog:N0} events.",
            },
            new Measurement
            {
                Id = Id,
                What = $"time per event, log of {longLog:N0} against one of {shortLog:N0}",
                Unit = "times",
                Values = [Statistics.Median(ofShort) / Statistics.Median(ofLong)],
                Bar = Bar.AtMost(1.25),
            },
        ];
    }

    private static async Task<IReadOnlyList<double>> MeasureAsync(
        Workbench bench, int events, CancellationToken cancellationToken)
    {
        var resumes = bench.Choose(full: 7, quick: 2);
        var lines = new Lines(resumes);
        var workflow = Workflow.Define<int, int>("long", (flow, branches) => TakeAsync(flow, branches, events, lines));
        var database = bench.NewDatabase();
        var run = await StoreAsync(database, workflow, cancellationToken);

        // The first resumes find code that is not compiled for good yet; they do not count.
        var rates = new List<double>();
        for (var resume = 0; resume < resumes; resume++)
        {
            rates.Add(events / await ResumeAsync(database, workflow, run, lines, resume, cancellationToken));
        }

        Workbench.Delete(database);
        return rates[(resumes / 2)..];
    }

    private static async Task<string> StoreAsync(
        string database, WorkflowDefinition<int, int> workflow, CancellationToken cancellationToken)
    {
        await using var world = await Worlds.StartAsync(database, workflow, concurrency: Branches, cancellationToken);
        var run = await world.StartRunAsync(workflow, Branches, options: null, cancellationToken);
        await HookRuns.WaitForHookAsync(world, Lines.Token(0), cancellationToken);
        return run.RunId;
    }

    /// <returns>Seconds from resuming a hook to the line behind it.</returns>
    private static async Task<double> ResumeAsync(
        string database,
        WorkflowDefinition<int, int> workflow,
        string runId,
        Lines lines,
        int resume,
        CancellationToken cancellationToken)
    {
        GC.Collect();
        await using var world = await Worlds.StartAsync(database, workflow, concurrency: null, cancellationToken);
        var startedAt = Stopwatch.GetTimestamp();
        await world.ResumeHookAsync(Lines.Token(resume), resume, cancellationToken);
        var reachedAt = await lines.ReachedAsync(resume, cancellationToken);
        if (resume + 1 < lines.Count)
        {
            await HookRuns.WaitForHookAsync(world, Lines.Token(resume + 1), cancellationToken);
        }
        else
        {
            await world.GetRun(runId).WaitAsync(cancellationToken);
        }

        return Stopwatch.GetElapsedTime(startedAt, reachedAt).TotalSeconds;
    }

    private static async Task<int> TakeAsync(WorkflowContext flow, int branches, int events, Lines lines)
    {
        var each = events / EventsPerStep / branches;
        await Task.WhenAll(Enumerable.Range(0, branches).Select(_ => StepWorkload.TakeStepsAsync(flow, each)));
        for (var line = 0; line < lines.Count; line++)
        {
            await flow.HookAsync<int>(Lines.Token(line));
            lines.Reach(line);
        }

        return events;
    }

    /// <summary>When a line was reached for the first time: replays come this way again.</summary>
    private sealed class Lines(int count)
    {
        private readonly TaskCompletionSource<long>[] _reached =
            [.. Enumerable.Range(0, count).Select(_ => new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously))];

        public int Count => count;

        public static string Token(int line) => $"line-{line}";

        public void Reach(int line) => _reached[line].TrySetResult(Stopwatch.GetTimestamp());

        public Task<long> ReachedAsync(int line, CancellationToken cancellationToken) =>
            _reached[line].Task.WaitAsync(cancellationToken);
    }
}
