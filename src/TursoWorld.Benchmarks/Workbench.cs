using System.Diagnostics;
using System.Globalization;

namespace TursoWorld.Benchmarks;

/// <summary>A fresh folder for the databases of this run, and how large a run it is.</summary>
internal sealed class Workbench : IDisposable
{
    private readonly bool _quick;
    private readonly string? _sqld;
    private readonly bool _isOnServer;
    private int _databases;

    private Workbench(string directory, bool quick, string? sqld, bool isOnServer)
    {
        Directory = directory;
        _quick = quick;
        _sqld = sqld;
        _isOnServer = isOnServer;
    }

    public string Directory { get; }

    public int Repeats => _isOnServer ? 1 : Choose(full: 3, quick: 1);

    public static Workbench Create(string parent, bool quick, string? sqld)
    {
        var now = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture);
        var directory = Path.Combine(parent, $"tursoworld-bench-{now}-{Environment.ProcessId}");
        System.IO.Directory.CreateDirectory(directory);
        return new Workbench(directory, quick, sqld, isOnServer: false);
    }

    /// <summary>The same with a server of its own instead of a file, and without repeats: these numbers have no bars.</summary>
    public Workbench OnServer() => new(Path.Combine(Directory, "server"), _quick, _sqld, isOnServer: true);

    public T Choose<T>(T full, T quick) => _quick ? quick : full;

    /// <summary>A path where no file is yet.</summary>
    public string NewDatabase() => Path.Combine(Directory, $"{++_databases:D3}.db");

    /// <summary>Measures as often as the run asks for, each time on a new file.</summary>
    public async Task<IReadOnlyList<T>> RepeatAsync<T>(Func<string, Task<T>> measureAsync)
    {
        if (_isOnServer)
        {
            return await RepeatOnServerAsync(measureAsync);
        }

        var values = new List<T>();
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            // The garbage of one repeat is not to be paid for by the next.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var database = NewDatabase();
            values.Add(await measureAsync(database));
            Delete(database);
        }

        return values;
    }

    /// <summary>Measures as often as the run asks for, each time on a new server.</summary>
    public async Task<IReadOnlyList<T>> RepeatOnServerAsync<T>(Func<string, Task<T>> measureAsync)
    {
        var program = _sqld ?? throw new InvalidOperationException("Name the program of the server with --sqld.");
        var values = new List<T>();
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await using var server = await ServerProcess.StartAsync(program, NewDatabase());
            values.Add(await measureAsync(server.Url));
        }

        return values;
    }

    /// <summary>Repeats a load until it runs as it does in a program that has been up for a while.</summary>
    public async Task WarmUpAsync(Func<Task> loadAsync)
    {
        // The runtime compiles hot code a second and a third time, in the background, for some seconds.
        var duration = Choose(full: TimeSpan.FromSeconds(4), quick: TimeSpan.Zero);
        var startedAt = Stopwatch.GetTimestamp();
        do
        {
            await loadAsync();
        }
        while (Stopwatch.GetElapsedTime(startedAt) < duration);
    }

    /// <summary>Measures one call after the other, in a program that has been up for a while.</summary>
    public async Task<List<double>> LatenciesAsync(int calls, Func<Task<double>> callAsync)
    {
        await WarmUpAsync(callAsync);
        var latencies = new List<double>(calls);
        for (var call = 0; call < calls; call++)
        {
            latencies.Add(await callAsync());
        }

        return latencies;
    }

    /// <summary>Deletes at once, so that the system does not write back old pages while something is timed.</summary>
    public static void Delete(string database)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            File.Delete(database + suffix);
        }
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
