using System.Diagnostics;

namespace TursoWorld.Tests.Crash;

/// <summary>The sample program on one database.</summary>
internal sealed class SampleProgram(string databaseUrl)
{
    public static readonly string Orders = Path.Combine(AppContext.BaseDirectory, "data", "orders.csv");

    private const string TakesInterrupts = "--default-signal=INT";

    // Where it was built: beside the tests it lacks what they have from the shared framework of web applications.
    private static readonly string Assembly = Path.Combine(
        AppContext.BaseDirectory, "..", "..", "ConsoleApp", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "ConsoleApp.dll");

    public ChildProcess Start(string file, params string[] options) =>
        ChildProcess.StartProgram(Assembly, Arguments(file, options));

    /// <summary>
    /// Starts the sample so that SIGINT ends it. A shell lets what it starts in the background ignore the signal, and so do all children.
    /// </summary>
    public ChildProcess StartInterruptible(string file, params string[] options) => OperatingSystem.IsLinux()
        ? ChildProcess.StartProgram("env", [TakesInterrupts, .. ChildProcess.CommandOf(Assembly), .. Arguments(file, options)])
        : Start(file, options);

    /// <summary>What <see cref="StartInterruptible"/> lacks; null when it lacks nothing.</summary>
    public static string? LackOfInterrupts()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        using var env = Process.Start("env", [TakesInterrupts, "true"]);
        env.WaitForExit();
        return env.ExitCode == 0
            ? null
            : $"Needs 'env {TakesInterrupts}' (GNU coreutils 8.31): in the background of a shell, programs ignore SIGINT.";
    }

    public async Task<(int Code, string Output)> RunAsync(string file, params string[] options)
    {
        await using var child = Start(file, options);
        return (await child.WaitForExitAsync(), child.Output);
    }

    /// <returns>The verdict, after everything was found to fit.</returns>
    public async Task<string> VerifyAsync()
    {
        await using var child = ChildProcess.StartProgram(Assembly, ["verify", Orders, "--database", databaseUrl]);
        var code = await child.WaitForExitAsync();
        return code == 0
            ? child.Output.Split(Environment.NewLine)[^1]
            : throw new InvalidOperationException($"verify ended with code {code}:{Environment.NewLine}{child.Output}");
    }

    private string[] Arguments(string file, string[] options) => [file, "--database", databaseUrl, .. options];
}
