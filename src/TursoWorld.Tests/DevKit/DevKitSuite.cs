using System.Text.Json;
using TursoWorld.Tests.Crash;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.DevKit;

/// <summary>
/// One execution of the suite that the Workflow DevKit publishes for its worlds, on one database file. For each of its tests it
/// starts a server with workflows; the server's world is a child of this test executable (<see cref="WorldServer"/>), whose
/// messages reach the server as they reach any service: over HTTP. Tests of ours through the same interface run along.
/// </summary>
public sealed class DevKitSuite : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");
    private string? _lack;

    /// <summary>What became of each test, by its name.</summary>
    internal IReadOnlyDictionary<string, Outcome> Outcomes { get; private set; } = new Dictionary<string, Outcome>();

    internal int? ExitCode { get; private set; }

    internal string Output { get; private set; } = "";

    internal string DatabaseUrl => "file:" + Path.Combine(_folder.FullName, "suite.db");

    public async ValueTask InitializeAsync()
    {
        var sources = RepositoryRoot.File("src", "TursoWorld.Tests", "DevKit", "node");
        (var packages, _lack) = await NodePackages.InstallAsync(sources);
        if (packages is not null)
        {
            // Modules are looked for in the folders above the file that imports them.
            var work = Directory.CreateDirectory(Path.Combine(packages, "run-" + Path.GetRandomFileName()));
            try
            {
                await RunAsync(packages, sources, work.FullName);
            }
            finally
            {
                work.Delete(recursive: true);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    internal void Require() => Requirement.Skip(_lack);

    private async Task RunAsync(string packages, string sources, string work)
    {
        foreach (var file in Directory.EnumerateFiles(sources, "*.mjs"))
        {
            File.Copy(file, Path.Combine(work, Path.GetFileName(file)));
        }

        var report = Path.Combine(work, "report.json");
        var vitest = Path.Combine(packages, "node_modules", "vitest", "vitest.mjs");
        string[] arguments =
        [
            vitest, "run", "--root", work, "--no-file-parallelism", "--test-timeout=60000", // of tests that set none
            "--reporter=verbose", "--reporter=json", "--outputFile", report,
        ];
        var environment = new Dictionary<string, string?>
        {
            ["TURSOWORLD_SERVER"] = JsonSerializer.Serialize(ChildProcess.CommandOf(typeof(DevKitSuite).Assembly.Location)),
            ["TURSOWORLD_ADAPTER"] = Path.Combine(work, "world.mjs"),
            [CrashScenarios.Variable] = "serve-world",
            ["WORKFLOW_TURSO_DATABASE_URL"] = DatabaseUrl,
            ["WORKFLOW_SERVICE_URL"] = null, // the port of each server tells where messages go
            ["WORKFLOW_CONCURRENCY"] = null,
            ["PORT"] = null,
            ["NODE_OPTIONS"] = null,
            ["NO_COLOR"] = "1",
        };
        (ExitCode, Output) = await NodeProgram.RunAsync(NodeProgram.Find("node")!, arguments, work, Limit, environment);
        Outcomes = File.Exists(report) ? Read(await File.ReadAllTextAsync(report)) : Outcomes;
    }

    private static Dictionary<string, Outcome> Read(string report)
    {
        using var document = JsonDocument.Parse(report);
        return document.RootElement.GetProperty("testResults").EnumerateArray()
            .SelectMany(file => file.GetProperty("assertionResults").EnumerateArray())
            .ToDictionary(
                test => test.Text("fullName"),
                test => new Outcome(
                    test.Text("status"),
                    string.Join(Environment.NewLine, test.GetProperty("failureMessages").EnumerateArray())));
    }

    /// <param name="Status"><c>passed</c>, or what else became of the test.</param>
    /// <param name="Failures">What the suite said about it.</param>
    internal sealed record Outcome(string Status, string Failures);
}
