using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace TursoWorld.Tests.Crash;

/// <summary>A process to be watched, steered and killed; disposing of it kills it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly Task _pumps;

    private ChildProcess(Process process)
    {
        _process = process;
        _pumps = Task.WhenAll(PumpOutputAsync(), PumpErrorsAsync());
    }

    public int Id => _process.Id;

    /// <summary>Every line so far, those of the error stream marked as such.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
            {
                return string.Join(Environment.NewLine, _output);
            }
        }
    }

    /// <summary>Starts this test executable in a scenario of <see cref="CrashScenarios"/>.</summary>
    public static ChildProcess Start(string scenario, params string[] args) => Start(scenario, args, []);

    /// <inheritdoc cref="Start(string, string[])" />
    public static ChildProcess Start(string scenario, IEnumerable<string> args, Dictionary<string, string?> environment) => StartProgram(
        typeof(ChildProcess).Assembly.Location, args, new(environment) { [CrashScenarios.Variable] = scenario });

    /// <summary>Starts an executable, or an assembly (<c>.dll</c>) under the runtime that runs these tests.</summary>
    public static ChildProcess StartProgram(
        string path, IEnumerable<string> args, Dictionary<string, string?>? environment = null)
    {
        var command = CommandOf(path);
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start);
        return new ChildProcess(process ?? throw new InvalidOperationException($"'{path}' did not start."));
    }

    /// <summary>The words that start an executable, or an assembly (<c>.dll</c>) under the runtime that runs these tests.</summary>
    public static string[] CommandOf(string path) => Path.GetExtension(path) == ".dll" ? [Muxer(), path] : [path];

    /// <summary>Waits for the line <c>reached point</c>; skips what was printed before it.</summary>
    public Task ReachedAsync(string point) => FindLineAsync(
        line => line == $"reached {point}", ("did not reach", "reached"), point);

    /// <summary>Waits for a line with a text in it; skips what was printed before it.</summary>
    public Task PrintedAsync(string text) =>
        FindLineAsync(line => line.Contains(text, StringComparison.Ordinal), ("did not print", "printed"), text);

    /// <summary>Lets the child go on from the point it stands at.</summary>
    public async Task ContinueAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Closes the child's standard input, as the end of this process would.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Kills the child and its children (SIGKILL) and returns when they are gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await WaitForExitAsync();
    }

    /// <summary>Kills the child (SIGKILL) and none of its children, as the system does that runs out of memory.</summary>
    public void KillAlone() => _process.Kill();

    /// <returns>The exit code, after all output has been read.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            await _pumps.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw Failure($"did not end within {Limit}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    /// <summary>The dotnet executable of the running runtime, however this process was started.</summary>
    private static string Muxer()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        return Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
    }

    private async Task FindLineAsync(Func<string, bool> isIt, (string Not, string Did) verb, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(limit.Token))
            {
                if (isIt(line))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw Failure($"{verb.Not} '{what}' within {Limit}");
        }

        await WaitForExitAsync();
        throw Failure($"ended with code {_process.ExitCode} before it {verb.Did} '{what}'");
    }

    private async Task PumpOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Record(line);
            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();
    }

    private async Task PumpErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            Record($"stderr: {line}");
        }
    }

    private void Record(string line)
    {
        lock (_gate)
        {
            _output.Add(line);
        }
    }

    private InvalidOperationException Failure(string what) =>
        new($"The child process {_process.Id} {what}. Its output:{Environment.NewLine}{Output}");
}
