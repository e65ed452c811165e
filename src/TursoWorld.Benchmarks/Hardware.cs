using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace TursoWorld.Benchmarks;

/// <summary>Where the numbers come from; without it they mean nothing.</summary>
internal sealed record Hardware
{
    private const string CpuFile = "/proc/cpuinfo";

    public required DateTimeOffset Date { get; init; }

    public required int Cores { get; init; }

    public required string Cpu { get; init; }

    public required string Platform { get; init; }

    public required string FileSystem { get; init; }

    public required string Dotnet { get; init; }

    public required string GarbageCollector { get; init; }

    public required string Sqlite { get; init; }

    public required string Synchronous { get; init; }

    public static Hardware Read(Workbench bench)
    {
        var database = bench.NewDatabase();
        using var connection = RawProbe.Open(database);
        return new Hardware
        {
            Date = TimeProvider.System.GetUtcNow(),
            Cores = Environment.ProcessorCount,
            Cpu = ReadCpu(),
            Platform = $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
            FileSystem = new DriveInfo(bench.Directory).DriveFormat,
            Dotnet = Environment.Version.ToString(),
            GarbageCollector = GCSettings.IsServerGC ? "server" : "workstation",
            Sqlite = RawProbe.Query(connection, "SELECT sqlite_version()"),
            Synchronous = RawProbe.Query(connection, "PRAGMA synchronous") == "2" ? "FULL" : "not FULL",
        };
    }

    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Date:yyyy-MM-dd HH:mm} UTC · {Cores} cores, {Cpu} · {Platform} · {FileSystem} · " +
        $".NET {Dotnet}, {GarbageCollector} GC · SQLite {Sqlite}, WAL, synchronous={Synchronous}");

    private static string ReadCpu()
    {
        if (!File.Exists(CpuFile))
        {
            return "unknown CPU";
        }

        var line = File.ReadLines(CpuFile)
            .FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? "unknown CPU" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
