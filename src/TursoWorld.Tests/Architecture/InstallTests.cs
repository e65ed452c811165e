using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Architecture;

/// <summary>The first five minutes: what the README says under Install, command by command, in a copy of the sources and in an empty project.</summary>
public sealed partial class InstallTests : IDisposable
{
    private const string Hello = """
        using TursoWorld;
        using static TursoWorld.WorldFactory;

        await using var world = CreateWorld(new() { DatabaseUrl = "file:workflow.db" });
        var hello = Workflow.Define<string, string>("hello", (flow, name) => flow.StepAsync("greet", _ => Task.FromResult($"Hello {name}")));
        world.Register(hello);
        await world.StartAsync();
        var run = await world.StartRunAsync(hello, "Ada");
        Console.WriteLine(await run.ResultAsync());
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-install-");
    private readonly Dictionary<string, string?> _environment;

    public InstallTests() => _environment = new Dictionary<string, string?>
    {
        ["CI"] = null,
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0", // this and the next two: no process stays behind
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
        ["RunAnalyzers"] = "false", // they have looked at these sources already
        ["NUGET_PACKAGES"] = In("packages"), // what is made here stays here; what others made may come from where it is
        ["NUGET_FALLBACK_PACKAGES"] = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_commands_of_the_README_install_the_library_in_an_empty_project()
    {
        Requirement.Skip(new[] { "dotnet", "git" }.FirstOrDefault(tool => NodeProgram.Find(tool) is null) is { } tool ? $"There is no {tool} here." : null);
        CopySources();
        await RunAsync("clone", "git init -q");
        await CommitAsync(1_800_000_000);
        var first = await RunAsync("clone", "dotnet msbuild src/TursoWorld -nologo -restore -t:VersionOfPackage -getProperty:PackageVersion");
        await CommitAsync(1_800_000_001);
        Directory.CreateDirectory(In("project"));

        foreach (var (folder, command) in await CommandsAsync())
        {
            await RunAsync(folder, command);
        }

        first.Trim().Should().Be("0.1.0-alpha.1800000000");
        Directory.GetFiles(In("clone", "artifacts", "packages")).Select(Path.GetFileName).Should().BeEquivalentTo(
            "TursoWorld.0.1.0-alpha.1800000001.nupkg", "TursoWorld.LibSql.0.1.0-alpha.1800000001.nupkg");
        await File.WriteAllTextAsync(In("project", "Program.cs"), Hello, TestContext.Current.CancellationToken);
        await RunAsync("project", "dotnet build -warnaserror");
        (await RunAsync("project", "dotnet run --no-build")).Should().Contain("Hello Ada");
    }

    private string In(params string[] parts) => Path.Combine([_folder.FullName, .. parts]);

    /// <summary>What a clone has and packing needs.</summary>
    private void CopySources()
    {
        var root = RepositoryRoot.Path;
        string[] folders = ["schema", Path.Combine("src", "TursoWorld"), Path.Combine("src", "TursoWorld.LibSql")];
        var files = folders.SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(root));
        foreach (var file in files)
        {
            var copy = In("clone", Path.GetRelativePath(root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!); // a file is in a folder
            File.Copy(file, copy);
        }
    }

    private async Task CommitAsync(long time)
    {
        _environment["GIT_COMMITTER_DATE"] = string.Create(CultureInfo.InvariantCulture, $"{time} +0000");
        await RunAsync("clone", "git add --all");
        await RunAsync("clone", "git -c user.name=test -c user.email=test@localhost commit -q --allow-empty -m copy");
    }

    /// <summary>The block of commands under Install, each with the folder that it is for.</summary>
    private async Task<IReadOnlyList<(string Folder, string Command)>> CommandsAsync()
    {
        var readme = await File.ReadAllTextAsync(RepositoryRoot.File("README.md"), TestContext.Current.CancellationToken);
        var block = Commands().Match(readme).Groups["commands"].Value;
        return
        [
            .. from line in block.Split('\n', StringSplitOptions.RemoveEmptyEntries)
               let parts = line.Split(" #")
               select (parts[^1].Contains("in the clone", StringComparison.Ordinal) ? "clone" : "project",
                   parts[0].Trim().Replace("<clone>", In("clone"), StringComparison.Ordinal)),
        ];
    }

    private async Task<string> RunAsync(string folder, string command)
    {
        var words = command.Split(' ');
        var program = NodeProgram.Find(words[0])!; // looked for at the beginning
        var (code, output) = await NodeProgram.RunAsync(program, words[1..], In(folder), Limit, _environment);
        Requirement.Skip(output.Contains("NU1301", StringComparison.Ordinal) ? $"No source of packages answers: {output}" : null);
        code.Should().Be(0, $"{command} says: {output}");
        return output;
    }

    [GeneratedRegex(@"^## Install\n.*?^```sh\n(?<commands>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Commands();
}
