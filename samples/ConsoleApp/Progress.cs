using System.Globalization;
using Spectre.Console;

namespace ConsoleApp;

internal sealed record Counts(int Done, int Running, int Sleeping, IReadOnlyList<string> WaitingOrders);

/// <summary>Shows the counts until all is done: a live display on a terminal, else a line a second.</summary>
internal sealed class Progress(Activity activity, bool manual)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private long _measuredAt = TimeProvider.System.GetTimestamp();
    private long _measuredSteps;
    private double _stepsPerSecond;

    public Task FollowAsync(Task all, Func<Task<Counts>> look, CancellationToken cancellationToken)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi)
        {
            return FollowAsync(all, look, WriteLine, cancellationToken);
        }

        return AnsiConsole.Live(Text.Empty).AutoClear(true).StartAsync(display => FollowAsync(
            all, look, (counts, _) => display.UpdateTarget(Picture(counts)), cancellationToken));

        void WriteLine(Counts counts, bool isNewSecond)
        {
            if (isNewSecond)
            {
                Console.WriteLine(Line(counts));
            }
        }
    }

    private async Task FollowAsync(
        Task all, Func<Task<Counts>> look, Action<Counts, bool> show, CancellationToken cancellationToken)
    {
        while (!all.IsCompleted)
        {
            show(await look(), Measure());
            await Task.WhenAny(all, Task.Delay(Interval, TimeProvider.System, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private bool Measure()
    {
        var elapsed = TimeProvider.System.GetElapsedTime(_measuredAt);
        if (elapsed < TimeSpan.FromSeconds(1))
        {
            return false;
        }

        var steps = activity.Steps;
        _stepsPerSecond = (steps - _measuredSteps) / elapsed.TotalSeconds;
        _measuredSteps = steps;
        _measuredAt = TimeProvider.System.GetTimestamp();
        return true;
    }

    private string Line(Counts counts) => string.Create(CultureInfo.InvariantCulture,
        $"done {counts.Done}  running {counts.Running}  sleeping {counts.Sleeping}  "
        + $"waiting {counts.WaitingOrders.Count}  {_stepsPerSecond:F0} steps/s{Request(counts)}");

    private Rows Picture(Counts counts) => new(
        new BreakdownChart()
            .AddItem("done", counts.Done, Color.Green)
            .AddItem("running", counts.Running, Color.Blue)
            .AddItem("sleeping", counts.Sleeping, Color.Grey)
            .AddItem("waiting for the manager", counts.WaitingOrders.Count, Color.Yellow),
        new Text(string.Create(CultureInfo.InvariantCulture, $"{_stepsPerSecond:F0} steps/s{Request(counts)}")));

    private string Request(Counts counts) => manual && counts.WaitingOrders.Count > 0
        ? $"  approve or decline: {string.Join(' ', counts.WaitingOrders.Take(5))}"
            + (counts.WaitingOrders.Count > 5 ? " …" : "")
        : "";
}
