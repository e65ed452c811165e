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
                Values = [.. ofLong.Select(replay => replay.Rate)],
                Bar = Bar.AtLeast(200_000, aim: 400_000),
                Note = $"{Processor(ofLong):0.0} µs of processor time per event; with {shortLog:N0} events {Rate(ofShort):N0} events/s.",
            },
            new Measurement
            {
                Id = Id,
                What = $"time per event, log of {longLog:N0} against one of {shortLog:N0}",
                Unit = "times",
                Values = [Rate(ofShort) / Rate(ofLong)],
                Bar = Bar.AtMost(1.25),
            },
        ];
    }

    private static double Rate(IReadOnlyList<Replay> replays) => Statistics.Median([.. replays.Select(replay => replay.Rate)]);

    private static double Processor(IReadOnlyList<Replay> replays) =>
        Statistics.Median([.. replays.Select(replay => replay.ProcessorMicroseconds)]);

    private static async Task<IReadOnlyList<Replay>> MeasureAsync(
        Workbench bench, int events, CancellationToken cancellationToken)
    {
        var resumes = bench.Choose(full: 7, quick: 2);
        var lines = new Lines(resumes);
        var workflow = Workflow.Define<int, int>("long", (flow, branches) => TakeAsync(flow, branches, events, lines));
        var database = bench.NewDatabase();
        var run = await StoreAsync(database, workflow, cancellationToken);

        // The first resumes find code that is not compiled for good yet; they do not count.
        var replays = new List<Replay>();
        for (var resume = 0; resume < resumes; resume++)
        {
            var (seconds, processor) = await ResumeAsync(database, workflow, run, lines, resume, cancellationToken);
            replays.Add(new Replay(events / seconds, processor.TotalMicroseconds / events));
        }

        Workbench.Delete(database);
        return replays[(resumes / 2)..];
    }

    private static async Task<string> StoreAsync(
        string database, WorkflowDefinition<int, int> workflow, CancellationToken cancellationToken)
    {
        await using var world = await Worlds.StartAsync(database, workflow, concurrency: Branches, cancellationToken);
        var run = await world.StartRunAsync(workflow, Branches, options: null, cancellationToken);
        await HookRuns.WaitForHookAsync(world, Lines.Token(0), cancellationToken);
        return run.RunId;
    }

    /// <returns>From resuming a hook to the line behind it.</returns>
    private static async Task<(double Seconds, TimeSpan Processor)> ResumeAsync(
        string database,
        WorkflowDefinition<int, int> workflow,
        string runId,
        Lines lines,
        int resume,
        CancellationToken cancellationToken)
    {
        GC.Collect();
        await using var world = await Worlds.StartAsync(database, workflow, concurrency: null, cancellationToken);
        var (startedAt, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await world.ResumeHookAsync(Lines.Token(resume), resume, cancellationToken);
        var reachedAt = await lines.ReachedAsync(resume, cancellationToken);
        processor = Environment.CpuUsage.TotalTime - processor;
        if (resume + 1 < lines.Count)
        {
            await HookRuns.WaitForHookAsync(world, Lines.Token(resume + 1), cancellationToken);
        }
        else
        {
            await world.GetRun(runId).WaitAsync(cancellationToken);
        }

        return (Stopwatch.GetElapsedTime(startedAt, reachedAt).TotalSeconds, processor);
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

    private sealed record Replay(double Rate, double ProcessorMicroseconds);

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
