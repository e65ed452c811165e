using System.Diagnostics;
using System.Reflection;

namespace TursoWorld.Benchmarks;

/// <summary>The same program as another process: how it is started, and what it does then.</summary>
internal static class ChildProcess
{
    public const string First = "--child-first";
    public const string Resume = "--child-resume";

    private const string DoneLine = "done";

    public static bool IsRequested(string[] args) => args is [First, _] or [Resume, _, _, ..];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args[0] == First)
        {
            await RunFirstAsync(database: args[1]);
        }
        else
        {
            await ResumeAsync(database: args[1], tokens: args[2..]);
        }

        return 0;
    }

    /// <summary>Starts a child and returns once it has said that it is done; it may still be on its way out.</summary>
    public static async Task<Process> StartAndWaitAsync(string[] args, CancellationToken cancellationToken)
    {
        var process = Process.Start(StartInfo(args))
            ?? throw new InvalidOperationException("The child process did not start.");
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken);
        return line == DoneLine
            ? process
            : throw new InvalidOperationException($"The child process '{args[0]}' ended without having finished.");
    }

    private static ProcessStartInfo StartInfo(string[] args)
    {
        // Under "dotnet TursoWorld.Benchmarks.dll" the executable is the host, and wants to be told what to run.
        var executable = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var isHost = Path.GetFileNameWithoutExtension(executable) == "dotnet";
        string[] all = isHost ? [Assembly.GetExecutingAssembly().Location, .. args] : args;
        return new ProcessStartInfo(executable, all) { RedirectStandardOutput = true };
    }

    private static async Task RunFirstAsync(string database)
    {
        await using var world = await Worlds.StartAsync(database, StepWorkload.Workflow, null, CancellationToken.None);
        await StepWorkload.RunOneAsync(world, steps: 1, CancellationToken.None);
        Console.WriteLine(DoneLine);
    }

    private static async Task ResumeAsync(string database, string[] tokens)
    {
        // Uneven gaps, so that the world on the other side is idle each time and no poll falls into step with us.
        var gaps = new Random(Seed: 1);
        await using var world = Worlds.Create(database);
        foreach (var token in tokens)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(gaps.Next(30, 60)), TimeProvider.System);
            await world.ResumeHookAsync(token, Stopwatch.GetTimestamp());
        }

        Console.WriteLine(DoneLine);
    }
}
