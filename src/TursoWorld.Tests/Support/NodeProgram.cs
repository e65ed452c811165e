using System.Diagnostics;
using System.Text;

namespace TursoWorld.Tests.Support;

/// <summary>Programs of Node.js, as they are installed on this machine.</summary>
internal static class NodeProgram
{
    /// <summary>Where a program is; null when the search path does not lead to it.</summary>
    public static string? Find(string name)
    {
        string[] suffixes = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.SelectMany(folder => suffixes.Select(suffix => Path.Combine(folder, name + suffix))).FirstOrDefault(File.Exists);
    }

    /// <summary>Runs a program to its end; kills it with all that it started when that takes too long.</summary>
    /// <param name="program">Where it is.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Its working directory.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="environment">What it finds in its environment beside ours; null takes a variable away.</param>
    /// <returns>Its exit code and everything that it printed. The code is null when it was killed.</returns>
    public static async Task<(int? Code, string Output)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string folder,
        TimeSpan limit,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment.Remove(name);
            if (value is not null)
            {
                start.Environment.Add(name, value);
            }
        }

        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Record(line.Data);
        process.ErrorDataReceived += (_, line) => Record(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var timeout = new CancellationTokenSource(limit);
        int? code = null;
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            code = process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Record($"It was killed after {limit}.");
        }

        lock (output)
        {
            return (code, output.ToString());
        }

        void Record(string? line)
        {
            lock (output)
            {
                // Null says that one of the two streams has ended, which the other one may not have.
                _ = line is null ? output : output.AppendLine(line);
            }
        }
    }
}
